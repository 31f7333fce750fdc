package avro

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/mskit-go/mskit/schema"
)

// libraryKey names a compilation: never a schema's text, because two schemas of
// one text may refer to different versions of a type.
type libraryKey struct{ writer, reader schema.ID }

// library keeps what was compiled, up to a number of schemas. Reading takes no
// lock.
type library struct {
	max  int
	last atomic.Pointer[slot] // most batches have one schema
	all  atomic.Pointer[map[libraryKey]*slot]

	mu    sync.Mutex   // for writing all
	order []libraryKey // oldest first
}

// slot is one compilation, made once however many ask for it.
type slot struct {
	key  libraryKey
	once sync.Once
	done atomic.Bool
	c    *compiled
}

// get is what was compiled for k, nil if nothing was yet.
func (l *library) get(k libraryKey) *compiled {
	if s := l.last.Load(); s != nil && s.key == k {
		return s.c
	}
	if all := l.all.Load(); all != nil {
		if s := (*all)[k]; s != nil && s.done.Load() {
			l.last.Store(s)
			return s.c
		}
	}
	return nil
}

// put compiles for k unless that has been done.
func (l *library) put(k libraryKey, compile func() *compiled) *compiled {
	s := l.slot(k)
	s.once.Do(func() {
		s.c = &compiled{err: &schema.Error{Kind: schema.KindInvalidSchema, ID: k.writer, Msg: "compiling it panicked"}}
		s.c = compile()
		s.done.Store(true)
	})
	return s.c
}

func (l *library) slot(k libraryKey) *slot {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make(map[libraryKey]*slot)
	if old := l.all.Load(); old != nil {
		if s := (*old)[k]; s != nil {
			return s
		}
		maps.Copy(all, *old)
	}
	if len(l.order) >= l.max {
		delete(all, l.order[0])
		l.order = l.order[1:]
	}
	s := &slot{key: k}
	all[k] = s
	l.order = append(l.order, k)
	l.all.Store(&all)
	return s
}
