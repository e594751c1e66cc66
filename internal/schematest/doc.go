// Package schematest holds tests of schema.graphql: the conventions of the API that no compiler checks.
package schematest
