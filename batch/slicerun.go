package batch

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// sliceLane runs a lane of a handler that takes several records at once. All
// records of a slice are started before the function is called with them, and
// those it did not get to are released.
func (w *worker) sliceLane(l lane) {
	for at := l.first; at >= 0; {
		next, ok := w.nextSlice(l, at)
		if !ok && w.order != Unordered {
			return
		}
		at = next
	}
}

// nextSlice handles the slice that begins at record at, and the record behind it
// if that one is to be handled alone. It returns the record to go on with.
func (w *worker) nextSlice(l lane, at int32) (next int32, ok bool) {
	w.taken = w.taken[:0]
	var (
		owner *sliceHandler
		s     slice
	)
	for ; at >= 0; at = w.plan.after(l, at) {
		w.at = at
		a, err := w.admit(at)
		switch a {
		case passed:
			continue
		case late:
			w.release(w.taken)
			return -1, false
		case admitted:
			switch o := slicerFor(w.root, w.records[at]); {
			case o == nil:
				return w.alone(l, at, s, func() bool { return w.handle(at) })
			case s == nil:
				owner, s = o, o.newSlice()
			case o != owner || s.full():
				w.release([]int32{at})
				return at, w.callSlice(s)
			}
			err = protect(func() error { return s.add(w.ctx, w.records[at]) })
			if err == nil {
				w.taken = append(w.taken, at)
				continue
			}
		default:
		}
		return w.alone(l, at, s, func() bool { return w.settle(at, err) })
	}
	return -1, w.callSlice(s)
}

// alone finishes the slice so far and then, with finish, the started record at.
func (w *worker) alone(l lane, at int32, s slice, finish func() bool) (next int32, ok bool) {
	next = w.plan.after(l, at)
	if len(w.taken) == 0 {
		return next, finish()
	}
	w.release([]int32{at})
	if ok = w.callSlice(s); !ok && w.order != Unordered {
		return -1, false
	}
	w.taken, w.at = w.taken[:0], at
	if w.stopped() || !w.begin(at) {
		return -1, false
	}
	return next, finish() && ok
}

// callSlice calls the function of a slice until every record of it is settled.
// False: one failed, and those behind it are released.
func (w *worker) callSlice(s slice) bool {
	attempt := 1
	for done := 0; done < len(w.taken); {
		w.at = w.taken[done]
		err := protect(func() error { return s.call(w.ctx, done) })
		if err == nil {
			return w.succeedAll(w.taken[done:])
		}
		n, known, err := failedAt(err, len(w.taken)-done)
		w.succeedAll(w.taken[done : done+n])
		if n > 0 {
			attempt = 1
		}
		done += n
		w.at = w.taken[done]
		switch {
		case w.again(w.at, attempt, err):
			attempt++
		case known:
			if !w.settle(w.at, err) {
				w.release(w.taken)
				return false
			}
			// Nothing is called once the time is up, however the function ended
			// that took it.
			if done, attempt = done+1, 1; w.stopped() {
				w.release(w.taken)
				return false
			}
		case ClassOf(err) == ClassSkip:
			for _, i := range w.taken[done:] {
				w.conclude(settlement{at: i, outcome: skipped, err: err})
			}
			return true
		default:
			w.lose(w.at, &wholeSliceError{records: len(w.taken) - done, err: err}, false)
			w.release(w.taken)
			return false
		}
	}
	return true
}

func (w *worker) succeedAll(list []int32) bool {
	ok := true
	for _, i := range list {
		ok = w.succeed(i) && ok
	}
	return ok
}

// failedAt is the index that err names of n records; known is false when it
// names none. Of several it is the lowest, since what is before it counts as
// done, and cause is what err says of that one alone.
func failedAt(err error, n int) (index int, known bool, cause error) {
	named := sliceErrors(err, nil)
	if len(named) == 0 {
		return 0, n == 1, err
	}
	lowest := slices.MinFunc(named, func(a, b *SliceError) int { return cmp.Compare(a.Index, b.Index) })
	highest := slices.MaxFunc(named, func(a, b *SliceError) int { return cmp.Compare(a.Index, b.Index) })
	if lowest.Index < 0 || highest.Index >= n {
		// Not even a skip is believed then.
		return 0, n == 1, fmt.Errorf("%w (%w)", err, errOutside)
	}
	if len(named) == 1 {
		return lowest.Index, true, err
	}
	cause = lowest
	if mark, ok := err.(*classError); ok { //nolint:errorlint // the outermost mark is for all of them
		cause = classify(mark.class, lowest)
	}
	return lowest.Index, true, cause
}

var errOutside = errors.New("a *batch.SliceError names a record outside of the slice")

// sliceErrors appends the SliceErrors in err's tree.
func sliceErrors(err error, list []*SliceError) []*SliceError {
	switch e := err.(type) { //nolint:errorlint // the tree is walked here
	case *SliceError:
		return append(list, e)
	case interface{ Unwrap() error }:
		return sliceErrors(e.Unwrap(), list)
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			list = sliceErrors(err, list)
		}
	}
	return list
}

// wholeSliceError is an error of which nobody knows what record it is about.
type wholeSliceError struct {
	records int
	err     error
}

func (e *wholeSliceError) Error() string {
	return e.err.Error() + " (in a slice of " + strconv.Itoa(e.records) + " records; a *batch.SliceError would say which one)"
}

func (e *wholeSliceError) Unwrap() error { return e.err }
