package shop

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ruleColumns are the columns of a catalog file that say how a SKU is sold, in their order.
var ruleColumns = []string{ColumnReorder, ColumnBackorder, ColumnBuyer}

// ruleNone takes a rule away; an empty cell leaves it as it is.
const ruleNone = "none"

// ruleFields are the fields of StockRulesChange.Check by their columns.
var ruleFields = map[string]string{"reorderPoint": ColumnReorder, "backorderLimit": ColumnBackorder, "buyerLimit": ColumnBuyer}

// cell is a rule as a catalog file writes it: "" is none.
func (r StockRules) cell(column string) string {
	units := map[string]int64{ColumnBackorder: r.BackorderLimit, ColumnBuyer: r.BuyerLimit}[column]
	if column == ColumnReorder && r.ReorderPoint != nil {
		return strconv.FormatInt(*r.ReorderPoint, 10)
	}
	if units == 0 {
		return ""
	}
	return strconv.FormatInt(units, 10)
}

// set puts a cell into a rule.
func (r *StockRules) set(column, cell string) error {
	var units int64
	none := strings.EqualFold(strings.TrimSpace(cell), ruleNone)
	if !none {
		var err error
		if units, err = strconv.ParseInt(strings.TrimSpace(cell), 10, 64); err != nil {
			return Invalid(column, "Write a number of units, such as 24, or “none”.")
		}
	}
	switch column {
	case ColumnBackorder:
		r.BackorderLimit = units
	case ColumnBuyer:
		r.BuyerLimit = units
	default:
		if r.ReorderPoint = &units; none {
			r.ReorderPoint = nil
		}
	}
	return nil
}

// MergeRules is how a SKU is sold with what a line says of it, and what that changes in the words of the file. Cells that
// cannot be read and rules that cannot be are CodeInvalid.
func (r CatalogRow) MergeRules(now StockRules) (rules StockRules, notes []string, err error) {
	rules = now
	var refused []FieldError
	for _, column := range ruleColumns {
		cell, there := r.Cells[column]
		if !there || cell == now.cell(column) {
			continue
		}
		if err := rules.set(column, cell); err != nil {
			refused = append(refused, fieldsIn(err, "")...)
		}
	}
	var problem *Error
	if err := (StockRulesChange{StockRules: rules}).Check(); errors.As(err, &problem) {
		for _, f := range problem.Fields {
			refused = append(refused, FieldError{ruleFields[f.Field], f.Message})
		}
	}
	if refused != nil {
		return now, nil, InvalidFields(refused...)
	}
	for _, column := range ruleColumns {
		if from, to := now.cell(column), rules.cell(column); from != to {
			notes = append(notes, ruleNote(column, from, to))
		}
	}
	return rules, notes, nil
}

func ruleNote(column, from, to string) string {
	if to == "" {
		to = ruleNone
	}
	if from == "" {
		return fmt.Sprintf("%s: %s", column, to)
	}
	return fmt.Sprintf("%s: %s → %s", column, from, to)
}
