package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// QueueViews returns the saved views that a person of a merchant sees: everybody's, then their own.
func (s *Store) QueueViews(ctx context.Context, merchantID, userID int64) ([]shop.QueueView, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.QueueView, error) {
		return s.queueViews(ctx, tx, merchantID, userID)
	})
}

func (s *Store) queueViews(ctx context.Context, tx sqlc.DBTX, merchantID, userID int64) ([]shop.QueueView, error) {
	rows, err := s.q.QueueViewsOf(ctx, tx, sqlc.QueueViewsOfParams{MerchantID: merchantID, UserID: userID})
	return convertAll(rows, func(r sqlc.QueueViewsOfRow) shop.QueueView { return shop.QueueView(r) }), err
}

// SaveQueueView keeps a list of the queue under a name and returns its id; one that is kept so already stays. CodeInvalid
// names the name; too many views, or another one of that name, are CodeConflict.
func (s *Store) SaveQueueView(ctx context.Context, n shop.NewQueueView) (int64, error) {
	name, err := shop.CleanQueueViewName(n.Name)
	if err != nil {
		return 0, err
	}
	if len(n.Query) > shop.MaxQueueViewQuery {
		return 0, shop.Invalid("name", "This list has more filters than can be saved.")
	}
	return inTxValue(ctx, s, func(tx pgx.Tx) (int64, error) {
		views, err := s.lockQueueViews(ctx, tx, n.MerchantID, n.UserID)
		if err != nil {
			return 0, err
		}
		var alike []shop.QueueView
		for _, v := range views {
			if v.Shared == n.Shared {
				alike = append(alike, v)
			}
			if v == (shop.QueueView{ID: v.ID, Name: name, Query: n.Query, Shared: n.Shared}) {
				return v.ID, nil
			}
		}
		if len(alike) >= shop.MaxQueueViews {
			return 0, shop.Conflict(fmt.Sprintf("There are %d such views already. Delete one first.", shop.MaxQueueViews))
		}
		if err := refuseSameName(views, name, 0); err != nil {
			return 0, err
		}
		owner := &n.UserID
		if n.Shared {
			owner = nil
		}
		return s.q.QueueViewAdd(ctx, tx, sqlc.QueueViewAddParams{
			MerchantID: n.MerchantID, UserID: owner, Name: name, Query: n.Query, Position: int32(len(alike)), CreatedBy: n.UserID, Now: s.Now(),
		})
	})
}

func refuseSameName(views []shop.QueueView, name string, except int64) error {
	if slices.ContainsFunc(views, func(v shop.QueueView) bool { return v.Name == name && v.ID != except }) {
		return shop.Conflict("There is a view of this name already.")
	}
	return nil
}

func (s *Store) lockQueueViews(ctx context.Context, tx pgx.Tx, merchantID, userID int64) ([]shop.QueueView, error) {
	if err := s.q.QueueViewsLock(ctx, tx, merchantID); err != nil {
		return nil, err
	}
	return s.queueViews(ctx, tx, merchantID, userID)
}

// RenameQueueView gives a saved view another name.
func (s *Store) RenameQueueView(ctx context.Context, ref shop.QueueViewRef, name string) error {
	name, err := shop.CleanQueueViewName(name)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		views, err := s.lockQueueViews(ctx, tx, ref.MerchantID, ref.UserID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(views, func(v shop.QueueView) bool { return v.ID == ref.ID }) {
			return shop.NotFound("view")
		}
		if err := refuseSameName(views, name, ref.ID); err != nil {
			return err
		}
		n, err := s.q.QueueViewRename(ctx, tx, sqlc.QueueViewRenameParams{ID: ref.ID, MerchantID: ref.MerchantID, UserID: ref.UserID, Name: name})
		return viewFound(n, err)
	})
}

// DeleteQueueView forgets a saved view, once under a key.
func (s *Store) DeleteQueueView(ctx context.Context, ref shop.QueueViewRef, key shop.IdempotencyKey) error {
	_, _, err := once(ctx, s, key, func(tx pgx.Tx) (int64, error) {
		n, err := s.q.QueueViewDelete(ctx, tx, sqlc.QueueViewDeleteParams{ID: ref.ID, MerchantID: ref.MerchantID, UserID: ref.UserID})
		return n, viewFound(n, err)
	})
	return err
}

func viewFound(n int64, err error) error {
	if err == nil && n == 0 {
		return shop.NotFound("view")
	}
	return err
}

// MoveQueueView moves a saved view one place towards the start, or the end, of those that are as shared as it is. At the end
// it stays.
func (s *Store) MoveQueueView(ctx context.Context, ref shop.QueueViewRef, towardsStart bool) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		views, err := s.lockQueueViews(ctx, tx, ref.MerchantID, ref.UserID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(views, func(v shop.QueueView) bool { return v.ID == ref.ID })
		if at < 0 {
			return shop.NotFound("view")
		}
		views = slices.DeleteFunc(views, func(v shop.QueueView) bool { return v.Shared != views[at].Shared && v.ID != ref.ID })
		at = slices.IndexFunc(views, func(v shop.QueueView) bool { return v.ID == ref.ID })
		to := at + 1
		if towardsStart {
			to = at - 1
		}
		if to >= 0 && to < len(views) {
			views[at], views[to] = views[to], views[at]
		}
		for i, v := range views {
			if err := s.q.QueueViewPlace(ctx, tx, sqlc.QueueViewPlaceParams{ID: v.ID, Position: int32(i)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// QueueCube counts the unfinished parcels of a merchant by everything that views narrow by.
func (s *Store) QueueCube(ctx context.Context, merchantID int64) (cube shop.QueueCube, clock shop.QueueClock, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		f, err := s.frameQueue(ctx, tx, merchantID)
		if err != nil {
			return err
		}
		clock = f.clock
		rows, err := s.q.QueueCube(ctx, tx, sqlc.QueueCubeParams{
			MerchantID: merchantID, OrderIDFrom: f.from, OrderIDUntil: f.until, Now: clock.Now, DayEnd: clock.DayEnd, IdleSince: clock.Now.Add(-shop.StuckAfter),
		})
		cube = convertAll(rows, func(r sqlc.QueueCubeRow) shop.QueueCell { return cellOf(r, clock) })
		return err
	})
	return cube, clock, err
}

// cellOf makes up a parcel that is late, due and idle as those of the cell are.
func cellOf(r sqlc.QueueCubeRow, clock shop.QueueClock) shop.QueueCell {
	like := shop.QueueRow{
		Status: shop.FulfillmentStatus(r.Status), LocationID: r.LocationID, HolderID: r.HolderID, Country: r.Country, ServiceID: r.ServiceID,
		ShipByAt: clock.DayEnd.Add(time.Hour), StatusAt: clock.Now,
	}
	switch {
	case r.Late:
		like.ShipByAt = clock.Now
	case r.DueToday:
		like.ShipByAt = clock.DayEnd.Add(-time.Microsecond)
	}
	if r.Idle {
		like.StatusAt = clock.Now.Add(-shop.StuckAfter - time.Microsecond)
	}
	return shop.QueueCell{Like: like, Parcels: r.Parcels}
}

// QueueCountUpTo counts the parcels of any list, as far as a page goes.
func (s *Store) QueueCountUpTo(ctx context.Context, merchantID int64, filter shop.QueueFilter) (shop.QueueCount, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.QueueCount, error) {
		f, err := s.frameQueue(ctx, tx, merchantID)
		if err != nil {
			return shop.QueueCount{}, err
		}
		keys, err := s.queueKeys(ctx, tx, f, shop.QueueQuery{MerchantID: merchantID, QueueFilter: filter, Limit: shop.MaxPageSize})
		n := min(len(keys), shop.MaxPageSize)
		return shop.QueueCount{Parcels: int64(n), AtLeast: len(keys) > n}, err
	})
}
