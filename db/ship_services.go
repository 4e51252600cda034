package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// ShipTerms returns what a merchant promises, service by service.
func (s *Store) ShipTerms(ctx context.Context, merchantID int64) (shop.ShipTerms, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.ShipTerms, error) { return s.shipTerms(ctx, tx, merchantID) })
}

func (s *Store) shipTerms(ctx context.Context, tx pgx.Tx, merchantID int64) (terms shop.ShipTerms, err error) {
	m, err := s.q.MerchantShipTerms(ctx, tx, merchantID)
	if errors.Is(err, pgx.ErrNoRows) {
		return terms, shop.NotFound("merchant")
	}
	if err != nil {
		return terms, err
	}
	terms.Zone, terms.Undo = m.TimeZone, time.Duration(m.UndoMinutes)*time.Minute
	terms.Standard = shop.ShipService{CutoffMinute: int(m.CutoffMinute), HandlingDays: int(m.HandlingDays), WorkingDays: shop.Weekdays(m.WorkingDays)}
	services, err := s.q.ShipServicesOffered(ctx, tx, merchantID)
	if err != nil {
		return terms, err
	}
	terms.Services = convertAll(services, shipServiceOf)
	days, err := s.q.ShipHolidays(ctx, tx, merchantID)
	terms.Holidays = convertAll(days, func(r sqlc.ShipHolidaysRow) shop.Holiday { return shop.Holiday{Day: shop.Day(r.Day), Name: r.Name} })
	return terms, err
}

func shipServiceOf(r sqlc.ShipServicesOfferedRow) shop.ShipService {
	return shop.ShipService{ID: r.ID, Name: r.Name, CutoffMinute: int(r.CutoffMinute), HandlingDays: int(r.HandlingDays), WorkingDays: shop.Weekdays(r.WorkingDays), MaxWeightGrams: r.MaxWeightGrams}
}

// changeTerms runs a change of what a merchant promises, alone.
func (s *Store) changeTerms(ctx context.Context, merchantID int64, change func(tx pgx.Tx, terms shop.ShipTerms) error) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.q.MerchantShipTermsLock(ctx, tx, merchantID); err != nil {
			return err
		}
		terms, err := s.shipTerms(ctx, tx, merchantID)
		if err != nil {
			return err
		}
		return change(tx, terms)
	})
}

// SetShipService changes a service of a merchant, the standard for ID 0, and adds one for add. Promises that were made stay
// as they are. CodeInvalid names the fields; a name that is taken, or too many services, are CodeConflict.
func (s *Store) SetShipService(ctx context.Context, merchantID int64, service shop.ShipService, add bool) error {
	service, err := service.Clean(service.ID == 0 && !add)
	if err != nil {
		return err
	}
	return s.changeTerms(ctx, merchantID, func(tx pgx.Tx, terms shop.ShipTerms) error {
		now := s.Now()
		if service.ID == 0 && !add {
			n, err := s.q.MerchantShipTermsSet(ctx, tx, sqlc.MerchantShipTermsSetParams{
				ID: merchantID, CutoffMinute: int32(service.CutoffMinute), HandlingDays: int32(service.HandlingDays), WorkingDays: int16(service.WorkingDays), Now: now,
			})
			return serviceFound(n, err)
		}
		if add && offersAlready(terms, service) {
			return nil
		}
		if err := fitsIn(terms, service, add); err != nil {
			return err
		}
		if add {
			_, err := s.q.ShipServiceAdd(ctx, tx, sqlc.ShipServiceAddParams{
				MerchantID: merchantID, Name: service.Name, CutoffMinute: int32(service.CutoffMinute), HandlingDays: int32(service.HandlingDays), WorkingDays: int16(service.WorkingDays), MaxWeightGrams: service.MaxWeightGrams, Now: now,
			})
			return err
		}
		n, err := s.q.ShipServiceSet(ctx, tx, sqlc.ShipServiceSetParams{
			ID: service.ID, MerchantID: merchantID, Name: service.Name, CutoffMinute: int32(service.CutoffMinute), HandlingDays: int32(service.HandlingDays), WorkingDays: int16(service.WorkingDays), MaxWeightGrams: service.MaxWeightGrams, Now: now,
		})
		return serviceFound(n, err)
	})
}

// offersAlready tells whether a service that is to be added is there already, as it is after a form that was sent twice.
func offersAlready(terms shop.ShipTerms, service shop.ShipService) bool {
	return slices.ContainsFunc(terms.Services, func(mine shop.ShipService) bool {
		service.ID = mine.ID
		return mine == service
	})
}

func fitsIn(terms shop.ShipTerms, service shop.ShipService, add bool) error {
	if !add && !slices.ContainsFunc(terms.Services, func(mine shop.ShipService) bool { return mine.ID == service.ID }) {
		return shop.NotFound("service")
	}
	if add && len(terms.Services) >= shop.MaxShipServices {
		return shop.Conflict(fmt.Sprintf("There are %d services already.", shop.MaxShipServices))
	}
	if slices.ContainsFunc(terms.Services, func(other shop.ShipService) bool {
		return other.ID != service.ID && strings.EqualFold(other.Name, service.Name)
	}) {
		return shop.Invalid("name", "There is a service of this name already.")
	}
	return nil
}

func serviceFound(n int64, err error) error {
	if err == nil && n == 0 {
		return shop.NotFound("service")
	}
	return err
}

// RetireShipService stops offering a service. Orders that have it keep it.
func (s *Store) RetireShipService(ctx context.Context, merchantID, serviceID int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		n, err := s.q.ShipServiceRetire(ctx, tx, sqlc.ShipServiceRetireParams{ID: serviceID, MerchantID: merchantID, Now: s.Now()})
		return serviceFound(n, err)
	})
}

// AddShipHoliday adds a day off, or names it anew. Days off that are long over are forgotten.
func (s *Store) AddShipHoliday(ctx context.Context, merchantID int64, holiday shop.Holiday) error {
	now := s.Now()
	holiday, err := holiday.Clean(now)
	if err != nil {
		return err
	}
	return s.changeTerms(ctx, merchantID, func(tx pgx.Tx, _ shop.ShipTerms) error {
		err := s.q.ShipHolidaysForget(ctx, tx, sqlc.ShipHolidaysForgetParams{MerchantID: merchantID, Before: string(shop.FirstHolidayKept(now))})
		if err != nil {
			return err
		}
		if err := s.q.ShipHolidayAdd(ctx, tx, sqlc.ShipHolidayAddParams{MerchantID: merchantID, Day: string(holiday.Day), Name: holiday.Name}); err != nil {
			return err
		}
		terms, err := s.shipTerms(ctx, tx, merchantID)
		if err == nil && len(terms.Holidays) > shop.MaxShipHolidays {
			err = shop.Conflict(fmt.Sprintf("At most %d days off can be planned.", shop.MaxShipHolidays))
		}
		return err
	})
}

// RemoveShipHoliday makes a day off an ordinary day.
func (s *Store) RemoveShipHoliday(ctx context.Context, merchantID int64, day shop.Day) error {
	if _, ok := shop.ParseDay(string(day)); !ok {
		return shop.NotFound("day off")
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		n, err := s.q.ShipHolidayRemove(ctx, tx, sqlc.ShipHolidayRemoveParams{MerchantID: merchantID, Day: string(day)})
		if err == nil && n == 0 {
			err = shop.NotFound("day off")
		}
		return err
	})
}
