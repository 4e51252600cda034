package db

import (
	"strings"

	"github.com/jackc/pgx/v5"
)

// conditions collects the WHERE of a list whose filters people combine freely. A filter that is off adds nothing, so
// the planner sees only what was asked. Values travel as named arguments; clauses are constants of this package. Only
// keys and sums are read this way: whole rows come by generated queries, which name their columns and so do not notice
// when a newer version of the schema has added one.
type conditions struct {
	clauses []string
	args    pgx.NamedArgs
}

// add adds a clause that uses the argument @name.
func (c *conditions) add(clause, name string, value any) {
	if c.args == nil {
		c.args = pgx.NamedArgs{}
	}
	c.clauses = append(c.clauses, clause)
	c.args[name] = value
}

// set adds an argument that no clause uses alone.
func (c *conditions) set(name string, value any) {
	if c.args == nil {
		c.args = pgx.NamedArgs{}
	}
	c.args[name] = value
}

// where is the clause, "" without conditions.
func (c *conditions) where() string {
	if len(c.clauses) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.clauses, " AND ")
}
