package schema

import "container/list"

// lru keeps the most recently used values within a number of entries and a sum
// of costs. It is not safe for concurrent use.
type lru[K comparable, V any] struct {
	maxEntries int
	maxCost    int // 0: no limit

	order   *list.List // of *lruEntry[K, V], most recent first
	entries map[K]*list.Element
	cost    int
	evicted uint64
}

type lruEntry[K comparable, V any] struct {
	key   K
	value V
	cost  int
}

func newLRU[K comparable, V any](maxEntries, maxCost int) *lru[K, V] {
	return &lru[K, V]{maxEntries: maxEntries, maxCost: maxCost, order: list.New(), entries: make(map[K]*list.Element)}
}

func (l *lru[K, V]) get(key K) (V, bool) {
	e, ok := l.entries[key]
	if !ok {
		var zero V
		return zero, false
	}
	l.order.MoveToFront(e)
	return e.Value.(*lruEntry[K, V]).value, true
}

// put keeps a value even when it alone is over the cost: the caller has it
// anyway, and the next record wants it too.
func (l *lru[K, V]) put(key K, value V, cost int) {
	l.remove(key)
	l.entries[key] = l.order.PushFront(&lruEntry[K, V]{key, value, cost})
	l.cost += cost
	for len(l.entries) > 1 && (len(l.entries) > l.maxEntries || l.maxCost > 0 && l.cost > l.maxCost) {
		l.remove(l.order.Back().Value.(*lruEntry[K, V]).key)
		l.evicted++
	}
}

func (l *lru[K, V]) remove(key K) {
	if e, ok := l.entries[key]; ok {
		l.cost -= e.Value.(*lruEntry[K, V]).cost
		l.order.Remove(e)
		delete(l.entries, key)
	}
}

// values are in order of use, the most recent first.
func (l *lru[K, V]) values(yield func(V) bool) {
	for e := l.order.Front(); e != nil; e = e.Next() {
		if !yield(e.Value.(*lruEntry[K, V]).value) {
			return
		}
	}
}
