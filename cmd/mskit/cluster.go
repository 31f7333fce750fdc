package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// passwordVariable is the environment variable for a password, which an
// argument would show to every user of the machine.
const passwordVariable = "MSKIT_PASSWORD"

// withoutSecrets takes mskit's own passwords out of what the function inherits.
var withoutSecrets = []string{passwordVariable + "=", registryVariable + "="}

// reachTime is how long the cluster has to answer at first.
const reachTime = 15 * time.Second

// clusterFlags say where a cluster is and how to get in.
type clusterFlags struct {
	Brokers      []string `placeholder:"HOST:PORT,..." help:"Seeds of the cluster; 127.0.0.1:9092 by default."`
	SASL         string   `name:"sasl" enum:",plain,scram-sha-256,scram-sha-512" default:"" placeholder:"MECHANISM" help:"Log in: plain, scram-sha-256 or scram-sha-512. The password is that of MSKIT_PASSWORD or --password-file."`
	Username     string   `help:"User for --sasl."`
	PasswordFile string   `placeholder:"FILE" help:"File with the password for --sasl; - reads standard input."`
	TLS          bool     `name:"tls" help:"Encrypt the connections; --ca, --cert, --key and --server-name imply it."`
	CA           string   `name:"ca" placeholder:"FILE" help:"Certificates to trust instead of the system's, PEM."`
	Cert         string   `placeholder:"FILE" help:"Own certificate for mutual TLS, PEM."`
	Key          string   `placeholder:"FILE" help:"Its private key, PEM, not encrypted."`
	ServerName   string   `placeholder:"HOST" help:"Name that the brokers' certificates must have, if not that of the address."`
}

func (c *clusterFlags) validate() error {
	switch {
	case c.SASL != "" && c.Username == "":
		return errors.New("--sasl: want --username too")
	case c.SASL == "" && (c.Username != "" || c.PasswordFile != ""):
		return errors.New("--username and --password-file: want --sasl too")
	case (c.Cert == "") != (c.Key == ""):
		return errors.New("--cert and --key: want both or none")
	}
	for _, broker := range c.Brokers {
		if strings.ContainsAny(broker, "@/") {
			return errors.New("--brokers: want HOST:PORT, without a scheme; a user goes to --username")
		}
	}
	return nil
}

// seeds are the brokers to begin with.
func (c *clusterFlags) seeds() []string {
	if len(c.Brokers) == 0 {
		return []string{"127.0.0.1:9092"}
	}
	return c.Brokers
}

// encrypted is whether the connections are.
func (c *clusterFlags) encrypted() bool {
	return c.TLS || c.CA != "" || c.Cert != "" || c.ServerName != ""
}

// client is how to reach the cluster and get in, without its seeds. An error
// names the flag that is of no use.
func (c *clusterFlags) client(std *streams) ([]kgo.Opt, error) {
	var opts []kgo.Opt
	if c.encrypted() {
		config, err := c.tls()
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.DialTLSConfig(config))
	}
	if c.SASL == "" {
		return opts, nil
	}
	password, err := c.password(std.in)
	if err != nil {
		return nil, err
	}
	switch c.SASL {
	case "plain":
		if !c.encrypted() && !c.loopback() {
			fmt.Fprintln(std.err, "mskit: warning: --sasl plain without --tls sends the password in clear text")
		}
		opts = append(opts, kgo.SASL(plain.Auth{User: c.Username, Pass: password}.AsMechanism()))
	case "scram-sha-256":
		opts = append(opts, kgo.SASL(scram.Auth{User: c.Username, Pass: password}.AsSha256Mechanism()))
	case "scram-sha-512":
		opts = append(opts, kgo.SASL(scram.Auth{User: c.Username, Pass: password}.AsSha512Mechanism()))
	}
	return opts, nil
}

func (c *clusterFlags) tls() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName}
	if c.CA != "" {
		pem, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, fmt.Errorf("--ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--ca: %s holds no certificate in PEM", c.CA)
		}
	}
	if c.Cert != "" {
		pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
		if err != nil {
			return nil, fmt.Errorf("--cert and --key: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

func (c *clusterFlags) password(stdin io.Reader) (string, error) {
	return secret("--password-file", c.PasswordFile, passwordVariable, stdin)
}

// secret is the content of a file, or else of an environment variable. One
// line end after it does not belong to it.
func secret(flag, file, variable string, stdin io.Reader) (string, error) {
	if file == "" {
		if text := os.Getenv(variable); text != "" {
			return text, nil
		}
		return "", fmt.Errorf("no password: set %s or give %s", variable, flag)
	}
	text, err := readInput(file, stdin)
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	text = bytes.TrimSuffix(text, []byte("\n"))
	return string(bytes.TrimSuffix(text, []byte("\r"))), nil
}

// loopback is whether all seeds are on this machine.
func (c *clusterFlags) loopback() bool {
	for _, broker := range c.seeds() {
		host, _, err := net.SplitHostPort(broker)
		if err != nil {
			host = broker
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return false
		}
	}
	return true
}

// reach asks the cluster for an answer, since a consumer would wait for one
// for ever.
func (c *clusterFlags) reach(ctx context.Context, opts []kgo.Opt) error {
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(c.seeds()...)}, opts...)...)
	if err != nil {
		return err
	}
	defer client.Close()
	ping, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	if err := client.Ping(ping); err != nil {
		return fmt.Errorf("cannot reach %s: %w", strings.Join(c.seeds(), ","), err)
	}
	return nil
}
