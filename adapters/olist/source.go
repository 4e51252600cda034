// Package olist reads the public data set of the Brazilian marketplace Olist, a folder
// of CSV files, as an import source. What is mapped to what, and why, stands in
// docs/import-olist.md.
//
// An order is imported whole or not at all, because an order never changes afterwards:
// if one of its rows cannot be read, all of them are rejects, and a later run with
// corrected files brings the order.
package olist

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"waybill/shop"
)

// Source is a folder of the data set. It keeps all files but the orders in memory, which
// took 87 MB for 95,000 orders, and streams the orders. It serves one import.
type Source struct {
	dir string
	now time.Time

	sellers   map[string]*seller
	customers map[string]customer // by customer_id, which is one per order
	people    map[string]bool     // by customer_unique_id
	products  map[string]*product
	items     map[string][]item    // by order; taken out as orders are mapped
	payments  map[string][]payment // by order; taken out as orders are mapped
	placed    map[string]time.Time // purchase time of each order

	// Files are read in order and maps are not, so the order of first appearance is kept.
	sellerIDs, uniqueIDs, productIDs []string

	spoiled map[string]string // order -> why it cannot be imported
	words   map[string]string // see intern
}

// Open checks that the folder holds every file with every needed column; one
// CodeInvalid error names all that is missing. Times after now are refused as input.
func Open(dir string, now time.Time) (*Source, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, &shop.Error{Code: shop.CodeInvalid, Message: "There is no folder " + dir + ".", Err: err}
	}
	var problems []shop.FieldError
	for _, spec := range allFiles {
		t, err := openTable(dir, spec)
		if err == nil {
			err = t.close()
		}
		var problem *shop.Error
		switch {
		case errors.As(err, &problem):
			problems = append(problems, shop.FieldError{Field: spec.name, Message: problem.Message})
		case err != nil:
			return nil, fmt.Errorf("checking %s: %w", spec.name, err)
		}
	}
	if len(problems) > 0 {
		return nil, incomplete(dir, problems)
	}
	return &Source{
		dir: dir, now: now,
		sellers: map[string]*seller{}, customers: map[string]customer{}, people: map[string]bool{}, products: map[string]*product{},
		items: map[string][]item{}, payments: map[string][]payment{}, placed: map[string]time.Time{},
		spoiled: map[string]string{}, words: map[string]string{},
	}, nil
}

func incomplete(dir string, problems []shop.FieldError) error {
	messages := make([]string, len(problems))
	for i, p := range problems {
		messages[i] = p.Message
	}
	return &shop.Error{
		Code:    shop.CodeInvalid,
		Message: "The folder " + dir + " is not a complete Olist data set: " + strings.Join(messages, "; ") + ".",
		Fields:  problems,
	}
}

// Name is the source of all external ids.
func (s *Source) Name() string { return "olist" }

// Expected is the number of orders in the file, known after Catalog.
func (s *Source) Expected() int64 { return int64(len(s.placed)) }

// Catalog reads everything but the orders, then emits merchants, customers and products.
func (s *Source) Catalog(ctx context.Context, emit func(shop.ImportCatalog) error, rejects shop.RejectWriter) error {
	if err := s.index(ctx, rejects); err != nil {
		return err
	}
	merchants := make([]shop.ImportMerchant, 0, len(s.sellerIDs)+1)
	if s.needsUnknownSeller() {
		merchants = append(merchants, shop.ImportMerchant{
			ExternalID: unknownSeller, Name: unknownSellerName, Country: country, Placeholder: true,
		})
	}
	for _, id := range s.sellerIDs {
		merchants = append(merchants, s.sellers[id].merchant())
	}
	for batch := range slices.Chunk(merchants, shop.ImportCatalogBatch) {
		if err := emit(shop.ImportCatalog{Merchants: batch}); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(s.uniqueIDs, shop.ImportCatalogBatch) {
		if err := emit(shop.ImportCatalog{Customers: mapped(batch, customerEntry)}); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(s.productIDs, shop.ImportCatalogBatch/2) { // each may name a category of its own
		if err := emit(s.goods(batch)); err != nil {
			return err
		}
	}
	return nil
}

func mapped[A, B any](in []A, to func(A) B) []B {
	out := make([]B, len(in))
	for i, a := range in {
		out[i] = to(a)
	}
	return out
}

// needsUnknownSeller tells whether an order has no items or a product no seller.
func (s *Source) needsUnknownSeller() bool {
	for id := range s.placed {
		if len(s.items[id]) == 0 {
			return true
		}
	}
	for _, p := range s.products {
		if len(p.offers) == 0 {
			return true
		}
	}
	return false
}

// Checkouts streams the orders file. It uses up what Catalog read: what is left in the
// end belongs to no imported order and is rejected.
func (s *Source) Checkouts(ctx context.Context, emit func(shop.ImportCheckout) error, rejects shop.RejectWriter) error {
	seen := make(map[string]int64, len(s.placed)) // order -> line
	err := s.each(ctx, ordersFile, func(r row) error {
		o, problem := s.usable(r, seen)
		if problem != "" {
			return rejects.WriteReject(r.reject(problem))
		}
		if _, indexed := s.placed[o.id]; !indexed {
			return fmt.Errorf("%s changed while it was read", ordersFile.name)
		}
		checkout := s.checkout(o, s.items[o.id], s.payments[o.id])
		if err := checkout.Validate(); err != nil {
			s.spoil(strings.Clone(o.id), r)
			return rejects.WriteReject(r.reject(err.Error()))
		}
		delete(s.items, o.id)
		delete(s.payments, o.id)
		return emit(checkout)
	})
	if err != nil {
		return err
	}
	return s.rejectLeft(ctx, rejects)
}

// usable reads an order that can be imported, or says why it cannot.
func (s *Source) usable(r row, seen map[string]int64) (o order, problem string) {
	o, problem = parse(r, readOrder(s.now))
	id := r.likely("order_id")
	if line, again := seen[id]; again {
		return o, fmt.Sprintf("order %s is on line %d already", id, line)
	}
	if problem == "" {
		seen[s.intern(id)] = r.line
		problem = s.spoiled[id]
	}
	if _, known := s.customers[o.customerID]; problem == "" && !known {
		problem = fmt.Sprintf("customer %s has no usable row in %s", o.customerID, customersFile.name)
	}
	if problem != "" {
		s.spoil(strings.Clone(id), r)
	}
	return o, problem
}

// spoil keeps, for the rows that depend on it, that the order cannot be imported
// because of this row. The first reason stands.
func (s *Source) spoil(orderID string, because row) {
	if _, already := s.spoiled[orderID]; !already {
		s.spoiled[orderID] = fmt.Sprintf("its order is not imported because of line %d of %s", because.line, because.table.spec.name)
	}
}

// rejectLeft rejects the items and payments that no imported order took. It reads their
// files once more, so that no raw text has to be held in memory.
func (s *Source) rejectLeft(ctx context.Context, rejects shop.RejectWriter) error {
	itemLines, paymentLines := map[int64]string{}, map[int64]string{}
	for orderID, items := range s.items {
		for _, it := range items {
			itemLines[it.line] = orderID
		}
	}
	for orderID, payments := range s.payments {
		for _, p := range payments {
			paymentLines[p.line] = orderID
		}
	}
	if err := s.rejectLines(ctx, itemsFile, itemLines, rejects); err != nil {
		return err
	}
	return s.rejectLines(ctx, paymentsFile, paymentLines, rejects)
}

func (s *Source) rejectLines(ctx context.Context, file fileSpec, orderOf map[int64]string, rejects shop.RejectWriter) error {
	if len(orderOf) == 0 {
		return nil
	}
	return s.each(ctx, file, func(r row) error {
		orderID, left := orderOf[r.line]
		if !left {
			return nil
		}
		reason, known := s.spoiled[orderID]
		if !known {
			reason = fmt.Sprintf("order %s has no usable row in %s", orderID, ordersFile.name)
		}
		return rejects.WriteReject(r.reject(reason))
	})
}

// each calls do with every row of a file, also with the unusable ones.
func (s *Source) each(ctx context.Context, file fileSpec, do func(row) error) (err error) {
	t, err := openTable(s.dir, file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := t.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := do(r); err != nil {
			return err
		}
	}
}
