package filter

// Policy says what becomes of a record that a pattern cannot be laid on.
type Policy uint8

const (
	// Pass: the part of the pattern that cannot be laid on the record counts
	// as met, so the rest of the pattern decides.
	Pass Policy = iota
	// Drop: that part counts as not met.
	Drop
	// Fail: as [Drop], but where the outcome hangs on that part Match returns
	// a [*MismatchError] instead.
	Fail
	// Match: a tombstone is laid under the pattern as null. Only for
	// [OnTombstone].
	Match
)

// An Option changes how a [Filter] or a [Router] reads records; see
// [Filter.With]. Of the same option given twice the last one counts;
// nil is skipped.
type Option interface{ apply(*settings) }

type settings struct {
	mismatch  Policy
	tombstone Policy
	trust     bool
}

type optionFunc func(*settings)

func (f optionFunc) apply(s *settings) { f(s) }

// OnMismatch says what happens when pattern and bytes are of different forms:
// the pattern wants an object and the value is no JSON, or the pattern wants
// text and the value is a JSON object or array, or the value is not UTF-8, or
// it is still framed for a schema registry. The default is [Pass], as AWS
// documents for Kafka ("metadata filters only"); [Drop] is what Lambda does
// for SQS. [Match] means Pass here.
func OnMismatch(p Policy) Option {
	return optionFunc(func(s *settings) {
		if p == Match {
			p = Pass
		}
		s.mismatch = p
	})
}

// OnTombstone says what happens to a record without a value when a pattern
// looks at the value. The default is [Pass], because a dropped delete is a
// silent loss. With [Match] the value is null and has no fields: [null],
// anything-but and exists false hold, nothing else does. [Drop] and [Fail] are
// as for [OnMismatch].
func OnTombstone(p Policy) Option {
	return optionFunc(func(s *settings) { s.tombstone = p })
}

// TrustJSON lets matching stop as soon as every field of the patterns has been
// seen once, also when the answer is no. The answers then differ from the exact ones in two
// cases: a repeated key could still match, and broken JSON is not noticed, so
// a record that [OnMismatch] would have passed may be dropped. Use it for
// values that a serializer wrote.
func TrustJSON() Option {
	return optionFunc(func(s *settings) { s.trust = true })
}
