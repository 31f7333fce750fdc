package filter

import (
	"bytes"
	"slices"
	"strconv"
)

// program is all patterns of a filter or router merged into one tree of
// fields, so that one pass over a record decides them all. It is immutable.
//
// Each field that a pattern names is a bit, set once the record has met it and
// shared by all patterns that want the same of it. A gate is a set of bits
// that have to be set together: a branch, or the part of one that has to hold
// within one array element, whose outcome is a bit again.
type program struct {
	root     *node
	levels   []int8    // by bit: depth of the node its gate belongs to
	tops     []*node   // by bit: the root's child it is below
	watch    [][]int32 // by bit: gates to look at when it is set
	gates    []gate
	branches []branch
	pure     []int32 // branches that only want fields to be absent
	patterns int
}

type gate struct {
	members []int32 // bits
	watch   int32   // the member to watch at first
	bit     int32   // what it sets; none for a branch
	branch  int32
}

// branch is one conjunction of one pattern.
type branch struct {
	pattern int32
	members []int32 // of its gate; none in pure
	absent  []int32 // bits that must stay unset to the end
}

// never is the level of bits that no array element's end unsets.
const never = -1

// none stands for no bit, gate or branch.
const none = -1

// node is a field of the record, by the names that lead to it.
type node struct {
	name     string
	depth    int8
	children []*node
	names    table[*node]
	leaf     *leaf
	// leaves counts the leaves from here down.
	leaves int
	// scoped: elements of an array here matter, because some bit below
	// belongs to a gate from here down.
	scoped bool
	deep   int8 // the deepest level of the bits from here down
	// dotted has a bit for each length of a dotted name that leads below a
	// child, see lengthBit.
	dotted uint64
}

// builder makes a program.
type builder struct {
	program
	bits  map[string]int32 // by what they stand for
	ranks []int            // by bit: how rarely it will be set
	uses  []int            // by bit: gates it is in
}

func newProgram(patterns [][]*conjunction) *program {
	b := &builder{program: program{root: &node{}, patterns: len(patterns)}, bits: map[string]int32{}}
	for number, conjunctions := range patterns {
		for _, c := range conjunctions {
			b.branch(int32(number), c)
		}
	}
	b.setWatches()
	b.root.finish(b.levels)
	return &b.program
}

func (b *builder) branch(pattern int32, c *conjunction) {
	id := int32(len(b.branches))
	br := branch{pattern: pattern}
	var fields []*field
	for i := range c.fields {
		f := &c.fields[i]
		if allOp(f.tests, opAbsent) {
			br.absent = append(br.absent, b.absentBit(f))
		} else {
			fields = append(fields, f)
		}
	}
	slices.SortFunc(fields, func(a, b *field) int { return slices.Compare(a.path, b.path) })
	if members := b.resolve(b.gather(fields, 0), 0); len(members) > 0 {
		br.members = members
		b.addGate(gate{members: members, bit: none, branch: id})
	} else {
		b.pure = append(b.pure, id)
	}
	b.branches = append(b.branches, br)
}

// pending is a member of a gate whose node is not known yet: a field, or a
// gate with the key of what it stands for.
type pending struct {
	field   *field
	members []int32
	key     string
}

// gather returns the members that a gate above needs for fields that share
// their first depth names. Where those fields part, and so have to come from
// one array element, a gate of their own stands for them.
func (b *builder) gather(fields []*field, depth int) []pending {
	var all []pending
	for len(fields) > 0 {
		f := fields[0]
		if len(f.path) == depth+1 {
			all = append(all, pending{field: f})
			fields = fields[1:]
			continue
		}
		n := 1
		for n < len(fields) && len(fields[n].path) > depth && fields[n].path[depth] == f.path[depth] {
			n++
		}
		below := b.gather(fields[:n], depth+1)
		fields = fields[n:]
		if len(below) == 1 {
			all = append(all, below[0])
			continue
		}
		members := b.resolve(below, depth+1)
		all = append(all, pending{members: members, key: gateKey(members)})
	}
	return all
}

// resolve makes bits of a gate's members, the gate being at a node of that
// depth.
func (b *builder) resolve(all []pending, level int) []int32 {
	var members []int32
	for _, p := range all {
		if p.field != nil {
			members = append(members, b.fieldBit(p.field, level))
			continue
		}
		id, made := b.bit(p.key+"\x00"+strconv.Itoa(level), b.tops[p.members[0]], int8(level), 0)
		if made {
			b.addGate(gate{members: p.members, bit: id, branch: none})
		}
		members = append(members, id)
	}
	return members
}

func gateKey(members []int32) string {
	key := []byte("\x00")
	for _, id := range members {
		key = strconv.AppendInt(append(key, ' '), int64(id), 10)
	}
	return string(key)
}

func (b *builder) addGate(g gate) {
	b.gates = append(b.gates, g)
	for _, id := range g.members {
		b.uses[id]++
	}
}

// bit returns the bit of that key, and whether it is new.
func (b *builder) bit(key string, top *node, level int8, rank int) (int32, bool) {
	if id, ok := b.bits[key]; ok {
		return id, false
	}
	id := int32(len(b.levels))
	b.bits[key] = id
	b.levels = append(b.levels, level)
	b.tops = append(b.tops, top)
	b.ranks = append(b.ranks, rank)
	b.uses = append(b.uses, 0)
	return id, true
}

func (b *builder) fieldBit(f *field, level int) int32 {
	key := fieldKey(f)
	for i := range f.tests {
		key = append(key, '\n')
		key = append(key, f.tests[i].source...)
	}
	key = strconv.AppendInt(append(key, 0), int64(level), 10)
	id, made := b.bit(string(key), b.root.walk(f.path[:1]), int8(level), rank(f.tests))
	if made {
		n := b.root.walk(f.path)
		n.makeLeaf()
		n.leaf.fields = append(n.leaf.fields, id)
		for _, t := range f.tests {
			n.leaf.add(t, id)
		}
	}
	return id
}

// fieldKey starts a field's key; the length tells the name from what follows.
func fieldKey(f *field) []byte {
	name := f.name()
	return append(strconv.AppendInt(nil, int64(len(name)), 10), ":"+name...)
}

func (b *builder) absentBit(f *field) int32 {
	id, made := b.bit(string(fieldKey(f)), b.root.walk(f.path[:1]), never, 0)
	if made {
		n := b.root.walk(f.path)
		n.makeLeaf()
		n.leaf.absent = append(n.leaf.absent, id)
		n.leaf.present = append(n.leaf.present, id)
	}
	return id
}

// rank guesses how often a list is met: the lower the rarer.
func rank(tests []test) int {
	worst := 0
	for i := range tests {
		r := 0
		switch tests[i].op {
		case opPrefix, opSuffix, opFoldPrefix, opFoldSuffix:
			r = 1
		case opWildcard, opRange, opNetwork:
			r = 2
		case opLiteral:
			r = 3
		case opExists, opNot:
			r = 4
		}
		worst = max(worst, r)
	}
	return worst
}

// setWatches chooses for each gate the member that will be set most rarely.
// Until it is, nothing is done for the gate at all.
func (b *builder) setWatches() {
	b.watch = make([][]int32, len(b.levels))
	for id := range b.gates {
		g := &b.gates[id]
		g.watch = slices.MinFunc(g.members, func(x, y int32) int {
			if c := b.ranks[x] - b.ranks[y]; c != 0 {
				return c
			}
			return b.uses[x] - b.uses[y]
		})
		b.watch[g.watch] = append(b.watch[g.watch], int32(id))
	}
}

// walk returns the node of a path, made as needed.
func (n *node) walk(path []string) *node {
	for _, name := range path {
		next := n.names.at(name)
		if *next == nil {
			*next = &node{name: name, depth: n.depth + 1}
			n.children = append(n.children, *next)
		}
		n = *next
	}
	return n
}

func (n *node) makeLeaf() {
	if n.leaf == nil {
		n.leaf = &leaf{}
	}
}

// finish computes what depends on the whole tree.
func (n *node) finish(levels []int8) {
	n.deep = never
	if n.leaf != nil {
		n.leaves = 1
		n.leaf.finish()
		for _, id := range n.leaf.fields {
			n.deep = max(n.deep, levels[id])
		}
	}
	for _, c := range n.children {
		c.finish(levels)
		n.leaves += c.leaves
		n.deep = max(n.deep, c.deep)
		n.dotted |= shiftLengths(c.names.lengths|c.dotted, len(c.name)+1)
	}
	n.scoped = n.deep >= n.depth
}

// shiftLengths adds n to every length of a set.
func shiftLengths(set uint64, n int) uint64 {
	if set == 0 {
		return 0
	}
	if n > 63 {
		return 1 << 63
	}
	moved := set << n
	if set>>(64-n) != 0 {
		moved |= 1 << 63
	}
	return moved
}

// find returns the node that an object's key leads to, nil for none. A key may
// stand for several names joined by dots.
func (n *node) find(key []byte) *node {
	if child := n.names.get(key); child != nil {
		return *child
	}
	if n.dotted&lengthBit(len(key)) != 0 {
		return n.findDotted(key)
	}
	return nil
}

func (n *node) findDotted(key []byte) *node {
	if name, rest, found := bytes.Cut(key, []byte{'.'}); found {
		if child := n.child(name); child != nil {
			return child.find(rest)
		}
	}
	return nil
}

// child returns the child of that very name, nil for none.
func (n *node) child(name []byte) *node {
	if child := n.names.get(name); child != nil {
		return *child
	}
	return nil
}
