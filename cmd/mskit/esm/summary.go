package esm

// Summary accounts for every record that was read:
//
//	Records = Filtered + Succeeded + GivenUp + Dropped + Returned
//
// except while a batch is under way. A record that comes again is read again.
type Summary struct {
	Records   int `json:"records"`
	Filtered  int `json:"filtered"`  // the filter did not want it
	Succeeded int `json:"succeeded"` // the function took it
	GivenUp   int `json:"givenUp"`   // sent to OnFailure
	Dropped   int `json:"dropped"`   // given up without an OnFailure
	Returned  int `json:"returned"`  // left undone, because the mapping ended or a rebalance took it away; it comes again

	// Why records were given up, where the function is not the reason. They
	// are among GivenUp and Dropped.
	Expired        int `json:"expired"`        // older than MaximumRecordAge
	Undeserialized int `json:"undeserialized"` // the schema registry or the schema refused it

	Invocations       int `json:"invocations"`
	PartialFailures   int `json:"partialFailures"`   // invocations that named records
	FailedInvocations int `json:"failedInvocations"` // those that failed as a whole
	// Retried is how many records were delivered again after a partial reply or
	// a failure, once for each further delivery, halves of a batch included.
	Retried int `json:"retried"`
	// LostCommits are batches that were settled but not committed, because the
	// group had gone on without this member or by Config.BeforeCommit: their
	// records come again.
	LostCommits int `json:"lostCommits"`
}

// Settled is how many records need no further delivery.
func (s Summary) Settled() int { return s.Filtered + s.Succeeded + s.GivenUp + s.Dropped }

// Progress is where a mapping stands after a batch.
type Progress struct {
	Summary

	// Lag is that of the partitions this mapping has, in their order.
	Lag []PartitionLag `json:"lag"`
}

// PartitionLag is how far behind the end of its partition a mapping is.
type PartitionLag struct {
	Partition int32 `json:"partition"`
	// End is that of the log when it was last read from.
	End int64 `json:"end"`
	// Settled is the offset that is committed: of the first record not done.
	Settled int64 `json:"settled"`
}

// Lag is how many offsets lie between: records, and the gaps that compaction
// and transactions leave.
func (p PartitionLag) Lag() int64 { return max(p.End-p.Settled, 0) }

// TotalLag is the sum over the partitions.
func (p Progress) TotalLag() int64 {
	var total int64
	for _, l := range p.Lag {
		total += l.Lag()
	}
	return total
}
