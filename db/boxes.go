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

// Boxes returns the boxes that a merchant packs into, those with a key first.
func (s *Store) Boxes(ctx context.Context, merchantID int64) ([]shop.Box, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.Box, error) {
		rows, err := s.q.Boxes(ctx, tx, merchantID)
		return convertAll(rows, boxOf), err
	})
}

// BoxByID returns a box of a merchant, a retired one too. Any other is CodeNotFound.
func (s *Store) BoxByID(ctx context.Context, merchantID, id int64) (shop.Box, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Box, error) {
		row, err := s.q.BoxFind(ctx, tx, sqlc.BoxFindParams{ID: id, MerchantID: merchantID})
		return boxOf(row), notFound(err, "box")
	})
}

// SaveBox adds a box, or with an ID changes one. One that is there already, as it is to be, stays as it is; a name or key
// that another box has is CodeInvalid.
func (s *Store) SaveBox(ctx context.Context, b shop.Box, actor shop.Actor, requestID string) (shop.Box, error) {
	if err := b.Check(); err != nil {
		return b, err
	}
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Box, error) {
		now, action := s.Now(), "box.changed"
		have, err := s.q.Boxes(ctx, tx, b.MerchantID)
		if err != nil {
			return b, err
		}
		if at := slices.IndexFunc(have, func(r sqlc.Box) bool { return sameBox(boxOf(r), b) }); at >= 0 {
			return boxOf(have[at]), nil
		}
		if b.ID == 0 {
			action = "box.added"
			if len(have) >= shop.MaxBoxes {
				return b, shop.Invalid("name", "There are "+strconv.Itoa(shop.MaxBoxes)+" boxes already. Retire one that is not used.")
			}
			if b.ID, err = s.q.BoxAdd(ctx, tx, sqlc.BoxAddParams{
				MerchantID: b.MerchantID, Name: b.Name, LengthMm: int32(b.LengthMM), WidthMm: int32(b.WidthMM), HeightMm: int32(b.HeightMM),
				TareGrams: b.TareGrams, Hotkey: int32(b.Hotkey), Now: now,
			}); err != nil {
				return b, err
			}
		} else if err := s.changeBox(ctx, tx, b); err != nil {
			return b, err
		}
		return b, s.audit(ctx, tx, auditEntry{at: now, actor: actor, action: action, subject: "box:" + strconv.FormatInt(b.ID, 10), data: map[string]any{"name": b.Name}, requestID: requestID})
	})
}

// sameBox tells whether a box is as it is to be saved. One without an ID is new.
func sameBox(known, b shop.Box) bool {
	if b.ID == 0 {
		b.ID = known.ID
	}
	return known == b
}

func (s *Store) changeBox(ctx context.Context, tx pgx.Tx, b shop.Box) error {
	changed, err := s.q.BoxChange(ctx, tx, sqlc.BoxChangeParams{
		ID: b.ID, MerchantID: b.MerchantID, Name: b.Name, LengthMm: int32(b.LengthMM), WidthMm: int32(b.WidthMM), HeightMm: int32(b.HeightMM),
		TareGrams: b.TareGrams, Hotkey: int32(b.Hotkey),
	})
	if err == nil && changed == 0 {
		return shop.NotFound("box")
	}
	return err
}

// RetireBox takes a box out of use. Doing it twice is doing it once.
func (s *Store) RetireBox(ctx context.Context, merchantID, id int64, actor shop.Actor, requestID string) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		now := s.Now()
		box, err := s.q.BoxFind(ctx, tx, sqlc.BoxFindParams{ID: id, MerchantID: merchantID})
		if err != nil {
			return notFound(err, "box")
		}
		retired, err := s.q.BoxRetire(ctx, tx, sqlc.BoxRetireParams{ID: id, MerchantID: merchantID, Now: &now})
		if err != nil || retired == 0 {
			return err
		}
		return s.audit(ctx, tx, auditEntry{at: now, actor: actor, action: "box.retired", subject: "box:" + strconv.FormatInt(id, 10), data: map[string]any{"name": box.Name}, requestID: requestID})
	})
}

func boxOf(r sqlc.Box) shop.Box {
	b := shop.Box{
		ID: r.ID, MerchantID: r.MerchantID, Name: r.Name, LengthMM: int(r.LengthMm), WidthMM: int(r.WidthMm), HeightMM: int(r.HeightMm),
		TareGrams: r.TareGrams, Retired: r.RetiredAt != nil,
	}
	if r.Hotkey != nil {
		b.Hotkey = int(*r.Hotkey)
	}
	return b
}

// usableBox is a merchant's box for a new parcel; 0 is none. That of somebody else, or one out of use, is CodeInvalid.
func (s *Store) usableBox(ctx context.Context, tx pgx.Tx, merchantID, id int64) (shop.Box, error) {
	if id == 0 {
		return shop.Box{}, nil
	}
	row, err := s.q.BoxFind(ctx, tx, sqlc.BoxFindParams{ID: id, MerchantID: merchantID})
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && row.RetiredAt != nil) {
		return shop.Box{}, shop.Invalid("box", "This box is not one of yours. Choose one from the list.")
	}
	return boxOf(row), err
}
