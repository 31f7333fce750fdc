package filter

// nameIndex finds a node's child by name.
type nameIndex struct {
	nodes map[string]*node
}

func (x *nameIndex) get(name []byte) *node { return x.nodes[string(name)] }

func (x *nameIndex) add(name string, n *node) {
	if x.nodes == nil {
		x.nodes = map[string]*node{}
	}
	x.nodes[name] = n
}
