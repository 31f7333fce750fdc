package esm

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
)

func (m *Mapping) assigned(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range partitions[m.config.Topic] {
		m.partitions[p] = nil
	}
}

func (m *Mapping) revoked(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range partitions[m.config.Topic] {
		delete(m.partitions, p)
	}
}

// fetched notes where the partitions end, and where new ones begin.
func (m *Mapping) fetched(fetches kgo.Fetches) {
	stable := m.readCommitted()
	m.mu.Lock()
	defer m.mu.Unlock()
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if len(p.Records) == 0 {
			return
		}
		lag := m.partitions[p.Partition]
		if lag == nil {
			lag = &PartitionLag{Partition: p.Partition, Settled: p.Records[0].Offset}
			m.partitions[p.Partition] = lag
		}
		end := p.HighWatermark
		if stable {
			end = p.LastStableOffset
		}
		lag.End = max(end, p.Records[len(p.Records)-1].Offset+1)
	})
}

// settled notes what is committed.
func (m *Mapping) settled(at offsets) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for partition, offset := range at {
		if lag := m.partitions[partition]; lag != nil {
			lag.Settled = offset
		}
	}
}

// progress is where the mapping stands. Of partitions of which nothing was
// fetched yet it asks the cluster; when that fails, they are left out.
func (m *Mapping) progress(ctx context.Context) Progress {
	m.mu.Lock()
	ask := slices.Contains(slices.Collect(maps.Values(m.partitions)), nil)
	m.mu.Unlock()
	if ask {
		m.lookUp(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := Progress{Summary: m.summary}
	for _, lag := range m.partitions {
		if lag != nil {
			p.Lag = append(p.Lag, *lag)
		}
	}
	slices.SortFunc(p.Lag, func(a, b PartitionLag) int { return cmp.Compare(a.Partition, b.Partition) })
	return p
}

func (m *Mapping) lookUp(ctx context.Context) {
	ends, err := m.ends(ctx)
	if err != nil {
		return
	}
	at, err := m.read(ctx)
	if err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for partition, lag := range m.partitions {
		if lag == nil {
			m.partitions[partition] = &PartitionLag{Partition: partition, End: ends[partition], Settled: at[partition]}
		}
	}
}
