package schema

// Cache is a [Registry] in front of another one.
type Cache struct{}
