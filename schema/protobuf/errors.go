package protobuf

import (
	"errors"
	"fmt"
	"reflect"

	"google.golang.org/protobuf/proto"

	"github.com/mskit-go/mskit/schema"
)

func configError(err error) *schema.Error {
	if e, ok := errors.AsType[*schema.Error](err); ok {
		c := *e
		c.Kind = schema.KindConfig
		return &c
	}
	return &schema.Error{Kind: schema.KindConfig, Msg: "protobuf: " + err.Error()}
}

// unusable is why reg cannot be asked at all, nil when it can.
func unusable(reg schema.Registry) error {
	if v := reflect.ValueOf(reg); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return errors.New("the registry is nil")
	}
	if r, ok := reg.(interface{ ConfigError() error }); ok {
		return r.ConfigError()
	}
	return nil
}

// locate says of err where the input came from. It works on a copy: errors of
// registries and of schemas that do not compile are shared between records.
func locate(err error, in schema.Input) error {
	e, ok := err.(*schema.Error) //nolint:errorlint // an error that wraps one has more to say
	if !ok {
		return err
	}
	c := *e
	return c.At(in)
}

// validated runs the hooks of WithValidate.
func (c *config) validated(m proto.Message) error {
	for _, f := range c.validate {
		if err := f(m); err != nil {
			return &schema.Error{
				Kind: schema.KindValidation,
				Err:  quiet{err},
			}
		}
	}
	return nil
}

// quiet keeps the text of an error that may quote the record out of logs; the
// error itself is there for errors.As.
type quiet struct{ err error }

func (q quiet) Error() string { return fmt.Sprintf("refused by the validation hook (%T)", q.err) }

func (q quiet) Unwrap() error { return q.err }
