package db_test

import (
	"sync"
	"testing"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

func oakland(name string) shop.Address {
	return shop.Address{Name: name, Line1: "5 Lake Ave", City: "Oakland", Region: "california", PostalCode: "94610", Country: "us"}
}

func TestAddressIsSavedCleanAndOnce(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	customer, _ := w.Customer("ada@example.com")
	var sends sync.WaitGroup
	for range 6 {
		sends.Go(func() {
			if _, err := w.Store.AddAddress(t.Context(), customer, oakland("  Ada   Buyer ")); err != nil {
				t.Error(err)
			}
		})
	}
	sends.Wait()
	saved, err := w.Store.Addresses(t.Context(), customer)
	if err != nil || len(saved) != 2 {
		t.Fatalf("saved %+v, %v", saved, err)
	}
	if a := saved[1]; a.Name != "Ada Buyer" || a.Region != "CA" || a.Country != "US" || a.IsDefault || !saved[0].IsDefault {
		t.Errorf("saved %+v", saved)
	}
}

func TestThereIsOneDefaultAddress(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	customer, first := w.Customer("ada@example.com")
	wanted := oakland("Ada")
	wanted.IsDefault = true
	second, err := w.Store.AddAddress(t.Context(), customer, wanted)
	if err != nil {
		t.Fatal(err)
	}
	defaults := func() int64 { return w.Int(`SELECT sum(id) FROM addresses WHERE is_default`) }
	if got := defaults(); got != second.ID {
		t.Errorf("default %d, want %d", got, second.ID)
	}
	changed := oakland("Ada L.")
	changed.ID, changed.IsDefault = first, true
	if err := w.Store.ChangeAddress(t.Context(), customer, changed); err != nil || defaults() != first {
		t.Errorf("default %d, want %d (%v)", defaults(), first, err)
	}
}

func TestAddressesOfOthersAndSnapshotsAreOutOfReach(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("acme")
	sku := w.SKU(merchant, "A", 1000, 5)
	ada, adasAddress := w.Customer("ada@example.com")
	bob, _ := w.Customer("bob@example.com")
	w.Place(ada, adasAddress, sku)
	snapshot := w.Int(`SELECT id FROM addresses WHERE is_snapshot`)
	for _, id := range []int64{adasAddress, snapshot, 999_999} {
		for _, who := range []int64{bob} {
			address := oakland("Bob")
			address.ID = id
			if err := w.Store.ChangeAddress(t.Context(), who, address); shop.CodeOf(err) != shop.CodeNotFound {
				t.Errorf("change of %d: %v", id, err)
			}
			if err := w.Store.RemoveAddress(t.Context(), who, id); shop.CodeOf(err) != shop.CodeNotFound {
				t.Errorf("removal of %d: %v", id, err)
			}
		}
	}
	if err := w.Store.RemoveAddress(t.Context(), ada, snapshot); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("removal of a snapshot: %v", err)
	}
	if err := w.Store.RemoveAddress(t.Context(), ada, adasAddress); err != nil {
		t.Fatal(err)
	}
	if n := w.Int(`SELECT count(*) FROM orders o JOIN addresses a ON a.id = o.shipping_address_id WHERE a.deleted_at IS NULL`); n != 1 {
		t.Error("the order lost its address")
	}
	if saved, err := w.Store.Addresses(t.Context(), ada); err != nil || len(saved) != 0 {
		t.Errorf("saved %+v, %v", saved, err)
	}
}

func TestAddressBookIsBounded(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	customer, _ := w.Customer("ada@example.com")
	w.Exec(`INSERT INTO addresses (customer_id, line1, city, postal_code, country) SELECT $1, 'Street ' || i, 'Oakland', '94601', 'US' FROM generate_series(2, $2::int) i`,
		customer, shop.MaxAddresses)
	if _, err := w.Store.AddAddress(t.Context(), customer, oakland("Ada")); shop.CodeOf(err) != shop.CodeInvalid {
		t.Errorf("address %d: %v", shop.MaxAddresses+1, err)
	}
	if _, err := w.Store.AddAddress(t.Context(), 999_999, oakland("Nobody")); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("an unknown customer: %v", err)
	}
}

func TestCreateUser(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("acme")
	known, _ := w.Customer("ada@example.com")
	by := shop.Actor{Kind: shop.ActorSystem, Name: "test"}
	create := func(email string, role shop.Role, merchantID int64) (shop.User, error) {
		return w.Store.CreateUser(t.Context(), shop.NewUser{Email: email, Role: role, MerchantID: merchantID, PasswordHash: "x", By: by})
	}
	if u, err := create(" Picker@Acme.example ", shop.RoleMerchant, merchant); err != nil || u.MerchantID != merchant || u.Name != "Picker" || u.MerchantName != "acme" {
		t.Errorf("merchant: %+v, %v", u, err)
	}
	if u, err := create("ADA@example.com", shop.RoleCustomer, 0); err != nil || u.CustomerID != known {
		t.Errorf("account of a known customer: %+v, %v", u, err)
	}
	if u, err := create("new@example.com", shop.RoleCustomer, 0); err != nil || u.CustomerID == 0 || u.CustomerID == known {
		t.Errorf("account of a new customer: %+v, %v", u, err)
	}
	refused := []struct {
		email, role string
		merchant    int64
		field       string
	}{
		{"picker@acme.example", "finance", 0, "email"},
		{"a@example.com", "merchant", 0, "merchant"},
		{"a@example.com", "merchant", 999, "merchant"},
		{"a@example.com", "admin", merchant, "merchant"},
		{"a@example.com", "king", 0, "role"},
		{"a b@example.com", "admin", 0, "email"},
		{"", "admin", 0, "email"},
	}
	for _, tt := range refused {
		_, err := create(tt.email, shop.Role(tt.role), tt.merchant)
		if known, _ := err.(*shop.Error); known == nil || known.Code != shop.CodeInvalid || known.Fields[0].Field != tt.field {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	if n := w.Int(`SELECT count(*) FROM users`); n != 3 {
		t.Errorf("%d accounts", n)
	}
	if n := w.Int(`SELECT count(*) FROM audit_log WHERE action = 'user.created' AND actor_name = 'test'`); n != 3 {
		t.Errorf("%d audit entries", n)
	}
	if n := w.Int(`SELECT count(*) FROM customers`); n != 2 {
		t.Errorf("%d customers", n)
	}
}
