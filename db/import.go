package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

var _ shop.ImportSink = (*Store)(nil)

// The kinds of outside records that import_refs remembers.
const (
	refMerchant = "merchant"
	refCustomer = "customer"
	refCategory = "category"
	refProduct  = "product"
	refSKU      = "sku"
	refAddress  = "address" // a snapshot, by its buyer and content
	refCheckout = "checkout"
	refOrder    = "order"
)

// KnownCheckouts tells which of the external ids were imported before.
func (s *Store) KnownCheckouts(ctx context.Context, source string, externalIDs []string) (map[string]bool, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (map[string]bool, error) {
		refs, err := s.importRefs(ctx, tx, source, refCheckout, externalIDs)
		known := make(map[string]bool, len(refs))
		for id := range refs {
			known[id] = true
		}
		return known, err
	})
}

// CoverMonth makes the partitions of the UTC month that at is in, where they are missing. It is a transaction of its
// own, because making partitions locks tables that checkouts of today need.
func (s *Store) CoverMonth(ctx context.Context, at time.Time) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		from := shop.MonthStart(at)
		return s.q.ImportCoverMonth(ctx, tx, sqlc.ImportCoverMonthParams{FromAt: from, UntilAt: from.AddDate(0, 1, 0)})
	})
}

// ImportCheckouts adds all checkouts of the batch with everything that belongs to them, or none. What they refer to must
// be registered and their months covered. A checkout that is known is CodeConflict.
func (s *Store) ImportCheckouts(ctx context.Context, source string, batch []shop.ImportCheckout) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		b := &importBatch{s: s, tx: tx, source: source, now: s.Now(), checkouts: batch}
		for _, step := range []func(context.Context) error{b.begin, b.resolve, b.resolveStaff, b.widenCustomers, b.snapshotAddresses, b.write} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// importRefs finds what became of outside records.
func (s *Store) importRefs(ctx context.Context, tx pgx.Tx, source, kind string, externalIDs []string) (map[string]int64, error) {
	rows, err := s.q.ImportRefsFind(ctx, tx, sqlc.ImportRefsFindParams{Source: source, Kind: kind, ExternalIds: distinct(slices.Clone(externalIDs))})
	refs := make(map[string]int64, len(rows))
	for _, row := range rows {
		refs[row.ExternalID] = row.ID
	}
	return refs, err
}

// importBatch is a batch of checkouts on its way through the steps of one transaction.
type importBatch struct {
	s         *Store
	tx        pgx.Tx
	source    string
	now       time.Time
	checkouts []shop.ImportCheckout

	customers map[string]int64
	merchants map[string]int64
	skus      map[string]int64
	locations map[place]int64
	users     map[string]int64 // by e-mail address
	addresses map[string]int64 // snapshots by addressKey
	ids       idMaker
}

func (b *importBatch) begin(ctx context.Context) error {
	if err := b.s.q.ImportLock(ctx, b.tx, b.source); err != nil {
		return err
	}
	ids := make([]string, len(b.checkouts))
	for i, c := range b.checkouts {
		ids[i] = c.ExternalID
	}
	known, err := b.s.importRefs(ctx, b.tx, b.source, refCheckout, ids)
	if err != nil {
		return err
	}
	if len(known) > 0 {
		return shop.Conflict("Another import of the same data is running. Wait for it, or stop it and run this one again.")
	}
	return b.s.q.ImportSettings(ctx, b.tx)
}

// resolve finds everything that the batch refers to.
func (b *importBatch) resolve(ctx context.Context) error {
	var customers, merchants, skus []string
	for _, c := range b.checkouts {
		customers = append(customers, c.CustomerRef)
		for _, o := range c.Orders {
			merchants = append(merchants, o.MerchantRef)
			for _, l := range o.Lines {
				skus = append(skus, l.SKURef)
			}
		}
	}
	for _, want := range []struct {
		kind string
		refs []string
		into *map[string]int64
	}{{refCustomer, customers, &b.customers}, {refMerchant, merchants, &b.merchants}, {refSKU, skus, &b.skus}} {
		found, err := b.s.importRefs(ctx, b.tx, b.source, want.kind, want.refs)
		if err != nil {
			return err
		}
		if err := allFound(want.kind, want.refs, found); err != nil {
			return err
		}
		*want.into = found
	}
	return nil
}

// resolveStaff finds the locations of the batch's merchants, and who worked on its orders.
func (b *importBatch) resolveStaff(ctx context.Context) (err error) {
	b.users = map[string]int64{}
	var emails []string
	stock := false
	for _, c := range b.checkouts {
		for _, o := range c.Orders {
			for _, e := range o.Events {
				emails = append(emails, e.By.Email)
			}
			for _, h := range o.Holds {
				emails, stock = append(emails, h.ClosedBy.Email), true
			}
			for _, p := range o.Parcels {
				emails = append(emails, p.Holder)
			}
		}
	}
	emails = slices.DeleteFunc(distinct(emails), func(email string) bool { return email == "" })
	if len(emails) > 0 {
		rows, err := b.s.q.ImportUsersFind(ctx, b.tx, emails)
		if err != nil {
			return err
		}
		for _, r := range rows {
			b.users[r.Email] = r.ID
		}
	}
	if err := allFound("user", emails, b.users); err != nil || !stock {
		return err
	}
	b.locations, err = b.s.importLocations(ctx, b.tx, slices.Collect(maps.Values(b.merchants)))
	return err
}

// allFound is an error that names a reference to nothing: the source is faulty.
func allFound(kind string, refs []string, found map[string]int64) error {
	for _, ref := range refs {
		if _, ok := found[ref]; !ok {
			return fmt.Errorf("there is no %s %q in the catalog of the import", kind, ref)
		}
	}
	return nil
}

// widenCustomers makes the known id range of each customer cover the months of the batch's orders.
func (b *importBatch) widenCustomers(ctx context.Context) error {
	type bounds struct{ from, until shop.OrderID }
	wanted := map[int64]bounds{}
	for _, c := range b.checkouts {
		from, until := shop.IDRangeOfMonth(c.PlacedAt)
		id := b.customers[c.CustomerRef]
		if w, ok := wanted[id]; ok {
			from, until = min(from, w.from), max(until, w.until)
		}
		wanted[id] = bounds{from, until}
	}
	var p sqlc.ImportCustomersWidenParams
	for id, w := range wanted {
		p.Ids = append(p.Ids, id)
		p.IdsFrom = append(p.IdsFrom, int64(w.from))
		p.IdsUntil = append(p.IdsUntil, int64(w.until))
	}
	if err := b.s.q.CustomersLock(ctx, b.tx, p.Ids); err != nil {
		return err
	}
	return b.s.q.ImportCustomersWiden(ctx, b.tx, p)
}

// snapshotAddresses gives every address of the batch a snapshot; an address that its buyer has used before has one.
func (b *importBatch) snapshotAddresses(ctx context.Context) error {
	wanted := map[string]shop.ImportCheckout{}
	for _, c := range b.checkouts {
		wanted[addressKey(c.CustomerRef, c.Address)] = c
	}
	keys := slices.Sorted(maps.Keys(wanted))
	known, err := b.s.importRefs(ctx, b.tx, b.source, refAddress, keys)
	if err != nil {
		return err
	}
	b.addresses = known
	fresh := slices.DeleteFunc(keys, func(key string) bool { _, ok := known[key]; return ok })
	ids, err := b.s.identities(ctx, b.tx, "addresses", len(fresh))
	if err != nil {
		return err
	}
	rows := make([]sqlc.ImportAddressesParams, len(fresh))
	refs := make([]sqlc.ImportRefsParams, len(fresh))
	for i, key := range fresh {
		c := wanted[key]
		rows[i] = addressRow(ids[i], b.customers[c.CustomerRef], c.Address)
		rows[i].IsSnapshot = true
		refs[i] = sqlc.ImportRefsParams{Source: b.source, Kind: refAddress, ExternalID: key, ID: ids[i]}
		b.addresses[key] = ids[i]
	}
	if _, err := b.s.q.ImportAddresses(ctx, b.tx, rows); err != nil {
		return err
	}
	_, err = b.s.q.ImportRefs(ctx, b.tx, refs)
	return err
}

// addressKey is the same for the same content of the same buyer. What is not part of a snapshot is left out.
func addressKey(customerRef string, a shop.Address) string {
	a.ID, a.IsDefault = 0, false
	content, _ := json.Marshal(struct { // of texts alone: cannot fail
		Customer string
		Address  shop.Address
	}{customerRef, a})
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// identities takes ids for rows of a table whose ids count up.
func (s *Store) identities(ctx context.Context, tx pgx.Tx, table string, count int) ([]int64, error) {
	if count == 0 {
		return nil, nil
	}
	return s.q.ImportIdentities(ctx, tx, sqlc.ImportIdentitiesParams{TableName: table, Count: int32(count)})
}

// write gives everything its ids and copies all rows in.
func (b *importBatch) write(ctx context.Context) error {
	var err error
	if b.ids.sequence, err = b.s.q.PlacingSequence(ctx, b.tx, int32(idsNeeded(b.checkouts))); err != nil {
		return err
	}
	rows := &importRows{source: b.source, now: b.now}
	for _, c := range b.checkouts {
		if err := b.add(rows, c); err != nil {
			return err
		}
	}
	if err := rows.copy(ctx, b.s.q, b.tx); err != nil {
		return err
	}
	return b.moveStock(ctx, rows)
}

// idsNeeded is at least how many time-ordered ids the rows of the checkouts have.
func idsNeeded(checkouts []shop.ImportCheckout) int {
	count := 0
	for _, c := range checkouts {
		count += 1 + len(c.Orders) + len(c.Orders)*len(c.Payments)
		for _, p := range c.Payments {
			count += len(p.Refunds)
		}
		for _, o := range c.Orders {
			count += 2 * len(o.Holds)
		}
	}
	return count
}
