package demo

import "github.com/mskit-go/mskit/cmd/mskit/esm"

// Wrap puts something between the mapping and the function.
func (c *Config) Wrap(with func(esm.Invoker) esm.Invoker) { c.wrap = with }
