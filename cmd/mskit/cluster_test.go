package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	mathbig "math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// authority is a certificate authority for one test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a.key = key
	template := &x509.Certificate{
		SerialNumber: mathbig.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.write("ca.pem", "CERTIFICATE", der)
	return a
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) write(name, kind string, der []byte) {
	if err := os.WriteFile(a.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// issue writes NAME.pem and NAME-key.pem.
func (a *authority) issue(name string, hosts []string, ips ...net.IP) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: mathbig.NewInt(2), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		DNSNames: hosts, IPAddresses: ips, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".pem", "CERTIFICATE", der)
	a.write(name+"-key.pem", "PRIVATE KEY", keyDER)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func TestClusterFlagsGetIn(t *testing.T) {
	ca := newAuthority(t)
	byAddress := ca.issue("server", nil, net.IPv4(127, 0, 0, 1))
	byName := ca.issue("named", []string{"kafka.example"})
	ca.issue("client", nil)
	stranger := newAuthority(t)
	password := ca.path("password")
	if err := os.WriteFile(password, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wrong := ca.path("wrong")
	if err := os.WriteFile(wrong, []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	sasl := func(method string) []kfake.Opt {
		return []kfake.Opt{kfake.EnableSASL(), kfake.Superuser(method, "ada", "s3cret")}
	}
	encrypted := func(certificate tls.Certificate) kfake.Opt {
		return kfake.TLS(&tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	}
	mutual := kfake.TLS(&tls.Config{
		Certificates: []tls.Certificate{byAddress}, MinVersion: tls.VersionTLS12,
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool(),
	})
	for _, row := range []struct {
		name    string
		cluster []kfake.Opt
		flags   clusterFlags
		err     string // of what is wanted; empty: gets in
	}{
		{name: "plaintext"},
		{name: "SASL PLAIN", cluster: sasl("PLAIN"), flags: clusterFlags{SASL: "plain", Username: "ada", PasswordFile: password}},
		{name: "SCRAM-SHA-256", cluster: sasl("SCRAM-SHA-256"), flags: clusterFlags{SASL: "scram-sha-256", Username: "ada", PasswordFile: password}},
		{name: "SCRAM-SHA-512", cluster: sasl("SCRAM-SHA-512"), flags: clusterFlags{SASL: "scram-sha-512", Username: "ada", PasswordFile: password}},
		{name: "wrong password", cluster: sasl("SCRAM-SHA-512"), flags: clusterFlags{SASL: "scram-sha-512", Username: "ada", PasswordFile: wrong}, err: "cannot reach"},
		{name: "TLS", cluster: []kfake.Opt{encrypted(byAddress)}, flags: clusterFlags{CA: ca.path("ca.pem")}},
		{name: "TLS with the name of the certificate", cluster: []kfake.Opt{encrypted(byName)}, flags: clusterFlags{CA: ca.path("ca.pem"), ServerName: "kafka.example"}},
		{name: "TLS with another name", cluster: []kfake.Opt{encrypted(byName)}, flags: clusterFlags{CA: ca.path("ca.pem")}, err: "certificate"},
		{name: "TLS of a stranger", cluster: []kfake.Opt{encrypted(byAddress)}, flags: clusterFlags{CA: stranger.path("ca.pem")}, err: "unknown authority"},
		{name: "TLS that the system does not trust", cluster: []kfake.Opt{encrypted(byAddress)}, flags: clusterFlags{TLS: true}, err: "certificate"},
		{name: "mutual TLS", cluster: []kfake.Opt{mutual}, flags: clusterFlags{CA: ca.path("ca.pem"), Cert: ca.path("client.pem"), Key: ca.path("client-key.pem")}},
		{name: "mutual TLS without a certificate", cluster: []kfake.Opt{mutual}, flags: clusterFlags{CA: ca.path("ca.pem")}, err: "cannot reach"},
		{
			name: "TLS and SASL", cluster: append(sasl("PLAIN"), encrypted(byAddress)),
			flags: clusterFlags{CA: ca.path("ca.pem"), SASL: "plain", Username: "ada", PasswordFile: password},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			cluster, err := kfake.NewCluster(append(row.cluster, kfake.NumBrokers(1))...)
			if err != nil {
				t.Fatal(err)
			}
			defer cluster.Close()
			row.flags.Brokers = cluster.ListenAddrs()
			if err := row.flags.validate(); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			opts, err := row.flags.client(&streams{in: strings.NewReader(""), out: &log, err: &log})
			if err == nil {
				err = row.flags.reach(t.Context(), opts)
			}
			if (err == nil) != (row.err == "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("error %v, want %q", err, row.err)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error has the password: %v", err)
			}
			if log.Len() > 0 {
				t.Errorf("said %s", &log)
			}
		})
	}
}

func TestClusterFlagsThatCannotWork(t *testing.T) {
	t.Setenv(passwordVariable, "")
	ca := newAuthority(t)
	ca.issue("client", nil)
	for _, row := range []struct {
		name  string
		flags clusterFlags
		want  string
	}{
		{name: "SASL without a user", flags: clusterFlags{SASL: "plain"}, want: "--username"},
		{name: "user without SASL", flags: clusterFlags{Username: "ada"}, want: "--sasl"},
		{name: "certificate without a key", flags: clusterFlags{Cert: "client.pem"}, want: "--key"},
		{name: "no password", flags: clusterFlags{SASL: "plain", Username: "ada"}, want: passwordVariable},
		{name: "no such password file", flags: clusterFlags{SASL: "plain", Username: "ada", PasswordFile: ca.path("none")}, want: "--password-file"},
		{name: "no such authority", flags: clusterFlags{CA: ca.path("none")}, want: "--ca"},
		{name: "authority without a certificate", flags: clusterFlags{CA: ca.path("client-key.pem")}, want: "holds no certificate"},
		{name: "key of another certificate", flags: clusterFlags{Cert: ca.path("ca.pem"), Key: ca.path("client-key.pem")}, want: "--cert"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := row.flags.validate()
			if err == nil {
				_, err = row.flags.client(&streams{in: strings.NewReader(""), err: &bytes.Buffer{}})
			}
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one that says %q", err, row.want)
			}
		})
	}
}

func TestClearTextPasswordIsWarnedOf(t *testing.T) {
	t.Setenv(passwordVariable, "s3cret")
	for _, row := range []struct {
		name  string
		flags clusterFlags
		warns bool
	}{
		{name: "to another machine", flags: clusterFlags{Brokers: []string{"kafka.example:9092"}}, warns: true},
		{name: "to another machine with TLS", flags: clusterFlags{Brokers: []string{"kafka.example:9092"}, TLS: true}},
		{name: "to this machine", flags: clusterFlags{Brokers: []string{"localhost:9092", "127.0.0.1:9093", "[::1]:9094"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var log bytes.Buffer
			row.flags.SASL, row.flags.Username = "plain", "ada"
			if _, err := row.flags.client(&streams{in: strings.NewReader(""), err: &log}); err != nil {
				t.Fatal(err)
			}
			if warned := strings.Contains(log.String(), "clear text"); warned != row.warns || strings.Contains(log.String(), "s3cret") {
				t.Errorf("said %q", &log)
			}
		})
	}
}
