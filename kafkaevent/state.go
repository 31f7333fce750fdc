package kafkaevent

// recordState is what a record knows beyond its fields. Records point into one
// slab of states per event, so they stay copyable.
type recordState struct {
	headers Headers
	more    *recordMore
}

// recordMore is what few records have.
type recordMore struct {
	err   error
	extra []member
}

// Headers are the record's headers, nil when it has none. It cannot fail:
// shape and range were checked while parsing. Callers must not write to the
// bytes; [Headers.Set] does not.
func (r *Record) Headers() Headers {
	if r.state == nil {
		return nil
	}
	return r.state.headers
}

// SetHeaders gives this record, and no copy of it, other headers.
func (r *Record) SetHeaders(h Headers) {
	next := &recordState{headers: h}
	if r.state != nil {
		next.more = r.state.more
	}
	r.state = next
}
