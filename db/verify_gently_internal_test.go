package db

import (
	"strings"
	"testing"
)

func TestEveryScanOfATableRests(t *testing.T) {
	t.Parallel()
	tables := []string{"orders", "order_line_items", "payments"}
	rests := "(SELECT * FROM %s WHERE " + scanRests + ")"
	for query, want := range map[string]string{
		"SELECT 1 FROM orders o WHERE o.id = 1":                            "SELECT 1 FROM %orders o WHERE o.id = 1",
		"SELECT id FROM payments\nWHERE id = 1":                            "SELECT id FROM %payments payments\nWHERE id = 1",
		"SELECT 1 FROM orders o LEFT JOIN order_line_items l ON l.x = o.x": "SELECT 1 FROM %orders o LEFT JOIN %order_line_items l ON l.x = o.x",
		"FROM (SELECT min(id) FROM orders) o JOIN payments USING (id)":     "FROM (SELECT min(id) FROM %orders orders) o JOIN %payments payments USING (id)",
		"SELECT 1 FROM unnest(ids) i WHERE a IS DISTINCT FROM before":      "SELECT 1 FROM unnest(ids) i WHERE a IS DISTINCT FROM before",
		"SELECT 1 FROM orders_default":                                     "SELECT 1 FROM orders_default",
	} {
		for _, table := range tables {
			want = strings.ReplaceAll(want, "%"+table+" ", strings.ReplaceAll(rests, "%s", table)+" ")
		}
		if got := restful(query, tables); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", query, got, want)
		}
	}
}
