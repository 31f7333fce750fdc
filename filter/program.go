package filter

import "math/bits"

// program is all patterns of a filter or router merged into one tree of
// fields, so that one pass over a record decides them all. It is immutable.
type program struct {
	root     *node
	branches []branch
	words    int     // of the bit set of all branches' fields
	absent   []int32 // branches with exists false: decided at the end only
	patterns int
}

// branch is one conjunction: it holds when all its fields have been met and
// none of its absent fields was seen.
type branch struct {
	pattern int32
	need    int32 // fields to meet
	absent  bool
}

// fieldBit is one field of one branch in the matcher's bit set.
type fieldBit struct {
	branch int32
	word   int32
	mask   uint64
}

// node is a field of the record, by the names that lead to it.
type node struct {
	name     string
	children []*node
	names    table[*node]
	leaf     *leaf
	// below has, for each branch with fields below this node, their bits. An
	// array here must meet them all with one element; see matcher.element.
	below map[int32][]fieldBit
	// scoped: some branch has two fields or more below, so elements matter.
	scoped bool
	// absentBelow are the branches with exists false below this node.
	absentBelow []int32
	// leaves counts the leaves from here down.
	leaves int
	// dotted has a bit for each length of a dotted name that leads below a
	// child, see lengthBit.
	dotted uint64
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
	if n > 0 && set>>(64-n) != 0 {
		moved |= 1 << 63
	}
	return moved
}

func newProgram(patterns [][]*conjunction) *program {
	p := &program{root: &node{}, patterns: len(patterns)}
	bit := 0
	for number, conjunctions := range patterns {
		for _, c := range conjunctions {
			bit = p.add(int32(number), c, bit)
		}
	}
	p.words = (bit + 63) / 64
	p.root.finish()
	return p
}

// add puts one conjunction into the tree, its fields at the bits from there
// on, and returns the next free bit. A branch that fits into one word does not
// straddle two.
func (p *program) add(pattern int32, c *conjunction, bit int) int {
	id := int32(len(p.branches))
	b := branch{pattern: pattern}
	for _, f := range c.fields {
		if !allOp(f.tests, opAbsent) {
			b.need++
		}
	}
	if free := 64 - bit%64; int(b.need) > free && b.need <= 64 {
		bit += free
	}
	for i := range c.fields {
		f := &c.fields[i]
		if len(f.tests) == 0 {
			continue // an error was reported
		}
		if allOp(f.tests, opAbsent) {
			b.absent = true
			p.root.walk(f.path, func(n *node) { n.absentBelow = append(n.absentBelow, id) }).addAbsent(id)
			continue
		}
		at := fieldBit{branch: id, word: int32(bit / 64), mask: 1 << (bit % 64)}
		bit++
		n := p.root.walk(f.path, func(n *node) {
			if n.below == nil {
				n.below = map[int32][]fieldBit{}
			}
			n.below[id] = addBit(n.below[id], at)
		})
		n.addTests(at, f.tests)
	}
	if b.absent {
		p.absent = append(p.absent, id)
	}
	p.branches = append(p.branches, b)
	return bit
}

// addBit merges bits of the same word.
func addBit(set []fieldBit, at fieldBit) []fieldBit {
	if n := len(set); n > 0 && set[n-1].word == at.word {
		set[n-1].mask |= at.mask
		return set
	}
	return append(set, at)
}

// walk returns the node of a path, made as needed, and visits those above it.
func (n *node) walk(path []string, above func(*node)) *node {
	for _, name := range path {
		above(n)
		next := n.names.at(name)
		if *next == nil {
			*next = &node{name: name}
			n.children = append(n.children, *next)
		}
		n = *next
	}
	return n
}

func (n *node) addAbsent(branch int32) {
	n.makeLeaf()
	n.leaf.absent = append(n.leaf.absent, branch)
}

func (n *node) addTests(at fieldBit, tests []test) {
	n.makeLeaf()
	for _, t := range tests {
		n.leaf.add(t, at)
	}
}

func (n *node) makeLeaf() {
	if n.leaf == nil {
		n.leaf = &leaf{}
	}
}

// finish computes what depends on the whole tree.
func (n *node) finish() {
	if n.leaf != nil {
		n.leaves = 1
		n.leaf.finish()
	}
	for _, c := range n.children {
		c.finish()
		n.leaves += c.leaves
		n.dotted |= shiftLengths(c.names.lengths|c.dotted, len(c.name)+1)
	}
	for _, set := range n.below {
		fields := 0
		for _, at := range set {
			fields += bits.OnesCount64(at.mask)
		}
		n.scoped = n.scoped || fields > 1
	}
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
	for i, c := range key {
		if c == '.' {
			if child := n.child(key[:i]); child != nil {
				return child.find(key[i+1:])
			}
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
