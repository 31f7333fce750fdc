package batch

import (
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

// Class is what an error means for its record.
type Class uint8

const (
	// ClassNone is no error.
	ClassNone Class = iota
	// ClassTransient: the same record may succeed later. It is tried again in
	// place as [WithRetry] allows, then reported to Lambda.
	ClassTransient
	// ClassPermanent: the record will never succeed. It goes to the dead-letter
	// sink, and counts as handled once the sink has it; without a sink it is
	// reported to Lambda.
	ClassPermanent
	// ClassSkip: the record is handled; the error is logged and counted.
	ClassSkip
	// ClassConfig: the function is set up wrongly. Reported to Lambda, neither
	// tried again in place nor dead-lettered: it is not the record's fault.
	ClassConfig
)

// String is a lower-case word, "transient".
func (c Class) String() string {
	switch c {
	case ClassNone:
		return "none"
	case ClassPermanent:
		return "permanent"
	case ClassSkip:
		return "skip"
	case ClassConfig:
		return "config"
	default:
		return "transient"
	}
}

// Permanent marks err: this record will never succeed. Permanent(nil) is nil.
func Permanent(err error) error { return classify(ClassPermanent, err) }

// Skip marks err: the record is handled, and the error is to be counted and
// logged. Skip(nil) is nil.
func Skip(err error) error { return classify(ClassSkip, err) }

func classify(c Class, err error) error {
	if err == nil {
		return nil
	}
	return &classError{class: c, err: err}
}

type classError struct {
	class Class
	err   error
}

func (e *classError) Error() string { return e.err.Error() }
func (e *classError) Unwrap() error { return e.err }

// ClassOf says what err means for its record. The outermost mark wins, so
// Permanent(Skip(err)) is permanent. Without a mark an [*schema.Error] goes by
// its kind, a [*kafkaevent.Error] is permanent, a [*ConfigurationError] is
// config, and everything else is transient.
//
// Of several errors joined, the most cautious reading wins: config before
// permanent before transient, and skip only where every one of them is a skip.
func ClassOf(err error) Class {
	switch e := err.(type) { //nolint:errorlint // the tree is walked here, outermost first
	case nil:
		return ClassNone
	case *classError:
		return e.class
	case *ConfigurationError:
		return ClassConfig
	case *kafkaevent.Error:
		return ClassPermanent
	case *schema.Error:
		switch kind := schema.KindOf(e); { // a nil pointer may have become an error
		case kind.Config():
			return ClassConfig
		case kind.Retryable():
			return ClassTransient
		default:
			return ClassPermanent
		}
	case interface{ Unwrap() error }:
		return max(ClassOf(e.Unwrap()), ClassTransient)
	case interface{ Unwrap() []error }:
		return joined(e.Unwrap())
	default:
		return ClassTransient
	}
}

func joined(errs []error) Class {
	all := ClassNone
	for _, err := range errs {
		c := ClassOf(err)
		switch {
		case c == ClassNone || c == all:
		case all == ClassNone, c == ClassConfig:
			all = c
		case all == ClassConfig:
		case c == ClassPermanent || all == ClassPermanent:
			all = ClassPermanent
		default:
			all = ClassTransient
		}
	}
	return max(all, ClassTransient)
}
