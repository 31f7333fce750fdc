// Package template reads event source mappings of Kafka out of AWS SAM and
// CloudFormation templates, in YAML or JSON, so that a function can run behind
// the mapping that it will be deployed with.
//
// It resolves what a template says by itself: Ref and Fn::Sub of parameters
// with a default. Whatever else only a deployment knows; a property that
// depends on it is an error once somebody asks for it, and not before.
//
// It does not check templates: what it has no use for it does not look at.
package template
