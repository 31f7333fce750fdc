package middleware

import (
	"context"
	"sync"
	"time"
)

// MemoryStore is a [Store] in memory. It knows what this sandbox has handled,
// which covers redeliveries to the same sandbox and tests; a function that must
// not handle a record twice needs a store that all its sandboxes share.
type MemoryStore struct {
	most int

	mu     sync.Mutex
	claims map[string]memoryClaim
	done   []string // a ring of the keys that are done, oldest at next
	next   int
}

type memoryClaim struct {
	Claim
	done bool
}

// NewMemoryStore remembers the last n records that were handled; less than 1 is
// 10,000.
func NewMemoryStore(n int) *MemoryStore {
	if n < 1 {
		n = 10_000
	}
	return &MemoryStore{most: n, claims: make(map[string]memoryClaim)}
}

// Claim implements [Store].
func (s *MemoryStore) Claim(_ context.Context, c Claim) (State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held, ok := s.claims[c.Key]
	switch {
	case ok && held.done:
		return Done, nil
	case ok && time.Now().Before(held.Until):
		return Busy, nil
	}
	s.claims[c.Key] = memoryClaim{Claim: c}
	return Claimed, nil
}

// Complete implements [Store].
func (s *MemoryStore) Complete(_ context.Context, c Claim) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.claims[c.Key].done {
		return nil
	}
	s.claims[c.Key] = memoryClaim{Claim: c, done: true}
	if len(s.done) < s.most {
		s.done = append(s.done, c.Key)
		return nil
	}
	delete(s.claims, s.done[s.next])
	s.done[s.next] = c.Key
	s.next = (s.next + 1) % s.most
	return nil
}

// Release implements [Store].
func (s *MemoryStore) Release(_ context.Context, c Claim) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held, ok := s.claims[c.Key]; ok && !held.done && held.Owner == c.Owner {
		delete(s.claims, c.Key)
	}
	return nil
}
