package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/confluent"
	"github.com/mskit-go/mskit/schema/glue"
)

// registryVariable is the environment variable for user:password.
const registryVariable = "MSKIT_REGISTRY_AUTH"

// gluePrefix begins a --registry that is AWS Glue's.
const gluePrefix = "glue:"

// registryFlags say where a schema registry is and how to get in.
type registryFlags struct {
	Registry         string `placeholder:"URL" help:"Schema registry: the URL of a Confluent-compatible one, or glue:REGION with the credentials of the AWS environment variables."`
	RegistryAuthFile string `placeholder:"FILE" help:"File with USER:PASSWORD for the registry; without it that of MSKIT_REGISTRY_AUTH, if set."`
	RegistryCA       string `name:"registry-ca" placeholder:"FILE" help:"Certificates to trust beside the system's, PEM."`
}

func (r *registryFlags) validate() error {
	if r.Registry == "" && (r.RegistryAuthFile != "" || r.RegistryCA != "") {
		return errors.New("--registry-auth-file and --registry-ca: want --registry too")
	}
	return checkRegistry(r.Registry)
}

// checkRegistry refuses a password in the URL, where every user of the machine
// sees it.
func checkRegistry(address string) error {
	if u, err := url.Parse(address); err == nil && u.User != nil {
		return fmt.Errorf("--registry: want no user and password in the URL, but in %s or --registry-auth-file", registryVariable)
	}
	return nil
}

// open makes a client of the registry at address; nothing is sent yet.
func (r *registryFlags) open(address string, stdin io.Reader) (*schema.Cache, error) {
	if region, ok := strings.CutPrefix(address, gluePrefix); ok {
		client, err := glue.NewClient(glue.WithRegion(region))
		if err != nil {
			return nil, fmt.Errorf("--registry: %w", err)
		}
		return schema.Cached(client), nil
	}
	if err := checkRegistry(address); err != nil { // a template's
		return nil, err
	}
	var opts []confluent.Option
	if r.RegistryAuthFile != "" || os.Getenv(registryVariable) != "" {
		text, err := secret("--registry-auth-file", r.RegistryAuthFile, registryVariable, stdin)
		if err != nil {
			return nil, err
		}
		user, password, ok := strings.Cut(text, ":")
		if !ok {
			return nil, fmt.Errorf("%s and --registry-auth-file: want USER:PASSWORD", registryVariable)
		}
		opts = append(opts, confluent.WithBasicAuth(user, password))
	}
	if r.RegistryCA != "" {
		pem, err := os.ReadFile(r.RegistryCA)
		if err != nil {
			return nil, fmt.Errorf("--registry-ca: %w", err)
		}
		opts = append(opts, confluent.WithRootCA(pem))
	}
	client, err := confluent.NewClient(address, opts...)
	if err != nil {
		return nil, fmt.Errorf("--registry: %w", err)
	}
	return schema.Cached(client), nil
}

// registryAddress is SchemaRegistryURI as --registry has it: the ARN of a Glue
// registry becomes glue:REGION.
func registryAddress(uri string) string {
	if parts := strings.Split(uri, ":"); len(parts) > 5 && parts[0] == "arn" && parts[2] == "glue" {
		return gluePrefix + parts[3]
	}
	return uri
}
