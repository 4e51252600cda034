package olist_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"waybill/adapters/olist"
	"waybill/shop"
)

// now is after everything in the data set.
var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// memorySink keeps what is imported, refusing what a database would: unknown
// references, and anything twice.
type memorySink struct {
	merchants  map[string]shop.ImportMerchant
	customers  map[string]shop.ImportCustomer
	categories map[string]shop.ImportCategory
	products   map[string]shop.ImportProduct
	skus       map[string]shop.ImportSKU
	checkouts  map[string]shop.ImportCheckout
}

func newMemorySink() *memorySink {
	return &memorySink{
		merchants: map[string]shop.ImportMerchant{}, customers: map[string]shop.ImportCustomer{},
		categories: map[string]shop.ImportCategory{}, products: map[string]shop.ImportProduct{}, skus: map[string]shop.ImportSKU{},
		checkouts: map[string]shop.ImportCheckout{},
	}
}

func (m *memorySink) RegisterCatalog(_ context.Context, _ string, b shop.ImportCatalog) (shop.ImportCatalogCounts, error) {
	var added shop.ImportCatalogCounts
	for _, one := range b.Merchants {
		added.Merchants += put(m.merchants, one.ExternalID, one)
	}
	for _, one := range b.Customers {
		added.Customers += put(m.customers, one.ExternalID, one)
	}
	for _, one := range b.Categories {
		put(m.categories, one.ExternalID, one)
	}
	for _, one := range b.Products {
		if _, ok := m.categories[one.CategoryRef]; !ok && one.CategoryRef != "" {
			return added, fmt.Errorf("product %s in unknown category %s", one.ExternalID, one.CategoryRef)
		}
		if _, ok := m.merchants[one.MerchantRef]; !ok {
			return added, fmt.Errorf("product %s of unknown merchant %s", one.ExternalID, one.MerchantRef)
		}
		added.Products += put(m.products, one.ExternalID, one)
		for _, sku := range one.SKUs {
			if _, ok := m.merchants[sku.MerchantRef]; !ok {
				return added, fmt.Errorf("SKU %s of unknown merchant %s", sku.ExternalID, sku.MerchantRef)
			}
			added.SKUs += put(m.skus, sku.ExternalID, sku)
		}
	}
	return added, nil
}

// put adds what is new and tells how many that is.
func put[T any](into map[string]T, id string, one T) int64 {
	if _, known := into[id]; known {
		return 0
	}
	into[id] = one
	return 1
}

func (m *memorySink) KnownCheckouts(_ context.Context, _ string, ids []string) (map[string]bool, error) {
	known := map[string]bool{}
	for _, id := range ids {
		_, known[id] = m.checkouts[id]
	}
	return known, nil
}

func (m *memorySink) CoverMonth(context.Context, time.Time) error { return nil }

func (m *memorySink) ImportCheckouts(_ context.Context, _ string, batch []shop.ImportCheckout) error {
	for _, c := range batch {
		if err := m.check(c); err != nil {
			return err
		}
	}
	for _, c := range batch {
		m.checkouts[c.ExternalID] = c
	}
	return nil
}

func (m *memorySink) check(c shop.ImportCheckout) error {
	if _, again := m.checkouts[c.ExternalID]; again {
		return fmt.Errorf("checkout %s is imported already", c.ExternalID)
	}
	if _, ok := m.customers[c.CustomerRef]; !ok {
		return fmt.Errorf("checkout %s of unknown customer %q", c.ExternalID, c.CustomerRef)
	}
	for _, o := range c.Orders {
		if _, ok := m.merchants[o.MerchantRef]; !ok {
			return fmt.Errorf("order %s of unknown merchant %q", o.ExternalID, o.MerchantRef)
		}
		for _, l := range o.Lines {
			if sku, ok := m.skus[l.SKURef]; !ok || sku.Code != l.SKUCode || sku.MerchantRef != o.MerchantRef {
				return fmt.Errorf("line %s sells SKU %q, which is not this merchant's", l.ExternalID, l.SKURef)
			}
		}
	}
	return nil
}

// rejectList keeps rejects in the order written.
type rejectList []shop.ImportReject

func (l *rejectList) WriteReject(r shop.ImportReject) error {
	*l = append(*l, r)
	return nil
}

// imported is the outcome of one import of a folder.
type imported struct {
	report  shop.ImportReport
	rejects rejectList
	sink    *memorySink
}

func importInto(t *testing.T, sink *memorySink, dir string) imported {
	t.Helper()
	source, err := olist.Open(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	result := imported{sink: sink}
	result.report, err = shop.RunImport(t.Context(), shop.ImportRun{Source: source, Sink: sink, Rejects: &result.rejects})
	if err != nil {
		t.Fatal(err)
	}
	return result
}
