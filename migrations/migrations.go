// Package migrations holds the SQL that builds the schema, in order. Each file opens with why it is.
package migrations

import "embed"

// FS holds the migration files, named NNNN_thought.sql.
//
//go:embed *.sql
var FS embed.FS
