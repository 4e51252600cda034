package db

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// CreateMerchant opens a merchant with its first location and returns it. One that is open already, just as it is asked
// for, is returned as it is; CodeInvalid names the fields otherwise: a slug that is taken, a time zone that the database
// does not know.
func (s *Store) CreateMerchant(ctx context.Context, n shop.NewMerchant, by shop.Origin) (shop.Merchant, error) {
	n = n.Clean()
	if err := n.Check(); err != nil {
		return shop.Merchant{}, err
	}
	made := shop.Merchant{Slug: n.Slug, Name: n.Name, Status: "active", Country: n.Country, TimeZone: n.TimeZone}
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Merchant, error) {
		if err := knowsZone(ctx, tx, n.TimeZone); err != nil {
			return made, err
		}
		now := s.Now()
		id, err := s.q.MerchantAdd(ctx, tx, sqlc.MerchantAddParams{Slug: n.Slug, Name: n.Name, Country: n.Country, TimeZone: n.TimeZone, Now: now})
		if errors.Is(err, pgx.ErrNoRows) {
			made.ID, err = s.sameMerchant(ctx, tx, n)
			return made, err
		}
		if err != nil {
			return made, err
		}
		made.ID = id
		first := n.First()
		if _, err := s.q.LocationAdd(ctx, tx, sqlc.LocationAddParams{MerchantID: id, Code: first.Code, Name: first.Name, Priority: int32(first.Priority), Now: now}); err != nil {
			return made, err
		}
		return made, s.auditRule(ctx, tx, by, "merchant.created", "merchant:"+strconv.FormatInt(id, 10), map[string]any{"slug": n.Slug, "name": n.Name, "location": first.Code})
	})
}

// knowsZone refuses a time zone that PostgreSQL, which counts the queue's days, does not know: its list is its own.
func knowsZone(ctx context.Context, tx pgx.Tx, name string) error {
	var known bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = $1)", name).Scan(&known); err != nil {
		return err
	}
	if !known {
		return shop.Invalid("timeZone", shop.NoSuchTimeZone)
	}
	return nil
}

// sameMerchant finds the merchant that a form asks for, when the same form has made it.
func (s *Store) sameMerchant(ctx context.Context, tx pgx.Tx, n shop.NewMerchant) (int64, error) {
	id, err := s.q.MerchantSame(ctx, tx, sqlc.MerchantSameParams{
		Slug: n.Slug, Name: n.Name, Country: n.Country, TimeZone: n.TimeZone, LocationCode: n.LocationCode, LocationName: n.LocationName,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, shop.Invalid("slug", "Another merchant has the short name "+n.Slug+".")
	}
	return id, err
}

// MerchantFigures returns a page of merchants, the newest first, and whether more follow. before is a keyset cursor: only
// lower ids; 0: from the newest.
func (s *Store) MerchantFigures(ctx context.Context, before int64, limit int) (page []shop.MerchantFigures, more bool, err error) {
	size := pageSize(limit)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := s.q.MerchantFigures(ctx, tx, sqlc.MerchantFiguresParams{Before: before, RowLimit: int32(size + 1)}) //nolint:gosec // pageSize bounds it
		page = convertAll(rows, func(r sqlc.MerchantFiguresRow) shop.MerchantFigures { return shop.MerchantFigures(r) })
		return err
	})
	if len(page) > size {
		return page[:size], true, err
	}
	return page, false, err
}

// StockLocations returns the places where a merchant's stock lies, the one that ships first first.
func (s *Store) StockLocations(ctx context.Context, merchantID int64) ([]shop.StockLocation, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.StockLocation, error) { return s.stockLocations(ctx, tx, merchantID) })
}

func (s *Store) stockLocations(ctx context.Context, tx pgx.Tx, merchantID int64) ([]shop.StockLocation, error) {
	rows, err := s.q.LocationsOfMerchant(ctx, tx, merchantID)
	return convertAll(rows, func(r sqlc.LocationsOfMerchantRow) shop.StockLocation {
		return shop.StockLocation{Location: shop.Location{ID: r.ID, Code: r.Code, Name: r.Name}, MerchantID: r.MerchantID, Priority: int(r.Priority)}
	}), err
}

// SaveLocation adds a location to a merchant, or with an ID changes its name and priority: its code stands in files and on
// shelves. What is there already, as it is to be, stays as it is. A code that is taken is CodeInvalid, a location of somebody
// else CodeNotFound.
func (s *Store) SaveLocation(ctx context.Context, l shop.StockLocation, by shop.Origin) (shop.StockLocation, error) {
	l = l.Clean()
	if err := l.Check(); err != nil {
		return l, err
	}
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.StockLocation, error) {
		have, err := s.stockLocations(ctx, tx, l.MerchantID)
		if err != nil {
			return l, err
		}
		if l.ID == 0 {
			return s.addLocation(ctx, tx, l, len(have), by)
		}
		at := slices.IndexFunc(have, func(known shop.StockLocation) bool { return known.ID == l.ID })
		if at < 0 {
			return l, shop.NotFound("location")
		}
		l.Code = have[at].Code
		changed, err := s.q.LocationChange(ctx, tx, sqlc.LocationChangeParams{ID: l.ID, MerchantID: l.MerchantID, Name: l.Name, Priority: int32(l.Priority)})
		if err != nil || changed == 0 {
			return l, err
		}
		return l, s.auditLocation(ctx, tx, l, by, "location.changed")
	})
}

// addLocation adds a location to the count ones that there are. The form that made it, once more, finds it.
func (s *Store) addLocation(ctx context.Context, tx pgx.Tx, l shop.StockLocation, count int, by shop.Origin) (shop.StockLocation, error) {
	id, err := s.q.LocationAdd(ctx, tx, sqlc.LocationAddParams{MerchantID: l.MerchantID, Code: l.Code, Name: l.Name, Priority: int32(l.Priority), Now: s.Now()})
	if errors.Is(err, pgx.ErrNoRows) {
		return s.sameLocation(ctx, tx, l)
	}
	if err != nil {
		return l, err
	}
	if count >= shop.MaxLocations {
		return l, shop.Invalid("code", "There are "+strconv.Itoa(shop.MaxLocations)+" locations already, which is the most that there can be.")
	}
	l.ID = id
	return l, s.auditLocation(ctx, tx, l, by, "location.added")
}

func (s *Store) sameLocation(ctx context.Context, tx pgx.Tx, l shop.StockLocation) (shop.StockLocation, error) {
	have, err := s.stockLocations(ctx, tx, l.MerchantID) // again: it may have come meanwhile
	if err != nil {
		return l, err
	}
	for _, known := range have {
		if l.ID = known.ID; known == l {
			return known, nil
		}
	}
	return l, shop.Invalid("code", "Another location has this code.")
}

func (s *Store) auditLocation(ctx context.Context, tx pgx.Tx, l shop.StockLocation, by shop.Origin, action string) error {
	return s.auditRule(ctx, tx, by, action, "location:"+strconv.FormatInt(l.ID, 10), map[string]any{"code": l.Code, "name": l.Name, "priority": l.Priority})
}
