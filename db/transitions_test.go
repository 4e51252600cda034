package db_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// What Go calls legal and what the database enforces are the same lists.
func TestTransitionsAreTheSameInGoAndInTheDatabase(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	var orders, payments, returns, shipments []string
	for _, legal := range shop.Transitions() {
		orders = append(orders, string(legal.From)+" -> "+string(legal.To))
	}
	for _, legal := range shop.PaymentTransitions() {
		payments = append(payments, string(legal.From)+" -> "+string(legal.To))
	}
	for _, legal := range shop.ReturnTransitions() {
		returns = append(returns, string(legal.From)+" -> "+string(legal.To))
	}
	for _, legal := range shop.ShipmentTransitions() {
		shipments = append(shipments, string(legal.From)+" -> "+string(legal.To))
	}
	lists := map[string][]string{"order_transitions": orders, "payment_transitions": payments, "return_transitions": returns, "shipment_transitions": shipments}
	for table, want := range lists {
		rows, err := w.Pool.Query(t.Context(), `SELECT from_status || ' -> ' || to_status FROM `+table)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s lists\n%v\nGo lists\n%v", table, got, want)
		}
	}
}

// The trigger lets this step through without a look at the table, because orders expire by the ten thousand.
func TestThePaymentNobodyBeganMayBeCancelled(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	if n := w.Int(`SELECT count(*) FROM payment_transitions WHERE from_status = 'pending' AND to_status = 'cancelled'`); n != 1 {
		t.Errorf("%d steps in the table, and the trigger does not ask it", n)
	}
}

func TestTheDatabaseRefusesIllegalPaymentTransitions(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(100)
	c := w.payFor(o.ID)
	c.Method = "broke"
	w.pay(c)
	_, err := w.Pool.Exec(t.Context(), `UPDATE payments SET status = 'captured', captured_minor = amount_minor, captured_at = now() WHERE order_id = $1`, int64(o.ID))
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.ConstraintName != "payments_transition_legal" {
		t.Errorf("a declined payment became captured: %v", err)
	}
}
