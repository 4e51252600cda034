// Package simulatedcarrier is a carrier that moves no real parcels. It keeps its labels in a schema of its own,
// simulated_carrier, that nobody else touches, so they survive a crash and can be asked about like those of any carrier.
//
// What becomes of a parcel follows from its tracking number and the time alone; a few postal codes decide otherwise (see
// the Postcode constants), so that tests and the curious can have trouble on demand. A request for a label takes effect
// once for its key, however often it comes.
package simulatedcarrier

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/shop"
)

// Name is the carrier's name in shipments.carrier_key.
const Name = "simulated"

// Title is what people call the carrier.
const Title = "Simulated Post"

// The postal codes that decide what becomes of a parcel.
const (
	PostcodeLate     = "00001" // three days late, and it says so
	PostcodeSilent   = "00002" // accepted, and never heard of again
	PostcodeLost     = "00003" // given up after six days
	PostcodeReturned = "00004" // nobody takes it, so it comes back
	PostcodeRefused  = "00005" // not served: no label
	PostcodeTimeout  = "00006" // the label is bought, but no answer comes
	PostcodeNever    = "00007" // no answer comes, and nothing was bought
	PostcodeCustoms  = "00008" // held at customs for two days
	PostcodeAddress  = "00009" // the door is not found, so it comes back
	PostcodeDamaged  = "00010" // broken on the way, and delivered so
)

// ErrTimeout is the answer that never came.
var ErrTimeout = errors.New("simulated carrier: no answer in time")

// errKeyReused refuses a request whose key came before for another parcel.
var errKeyReused = errors.New("simulated carrier: the key was used for another label")

// Carrier is a shop.Carrier. It is safe for concurrent use, in several programs on the same records too.
type Carrier struct {
	pool    *pgxpool.Pool
	clock   func() time.Time
	secrets []string
}

// Option changes how a Carrier works.
type Option func(*Carrier)

// WithClock makes the carrier live by clock.
func WithClock(clock func() time.Time) Option { return func(c *Carrier) { c.clock = clock } }

// WithSecrets sets what webhooks are signed with. Any of them is good, so that they can be changed one after the other;
// with none, no webhook is believed.
func WithSecrets(secrets ...string) Option { return func(c *Carrier) { c.secrets = secrets } }

// New returns the carrier that keeps its records in the database of the pool.
func New(pool *pgxpool.Pool, options ...Option) *Carrier {
	c := &Carrier{pool: pool, clock: time.Now}
	for _, option := range options {
		option(c)
	}
	return c
}

// Name is the constant Name.
func (c *Carrier) Name() string { return Name }

// Title is the constant Title.
func (c *Carrier) Title() string { return Title }

// label is one label in the records.
type label struct {
	tracking, key, service, serviceName, refused string
	cost                                         shop.Amount
	fate                                         fate
	place                                        string
	boughtAt, etaAt                              time.Time
	voidedAt                                     *time.Time
}

const labelColumns = `tracking_number, request_key, service, service_name, refused, currency, cost_minor, fate, to_place, bought_at, eta_at, voided_at`

func scanLabel(row pgx.Row) (label, error) {
	var l label
	err := row.Scan(&l.tracking, &l.key, &l.service, &l.serviceName, &l.refused, &l.cost.Currency, &l.cost.Minor, &l.fate, &l.place, &l.boughtAt, &l.etaAt, &l.voidedAt)
	return l, err
}

func (l label) outcome() shop.LabelOutcome {
	if l.refused != "" {
		return shop.LabelOutcome{State: shop.LabelRefused, Reason: l.refused}
	}
	return shop.LabelOutcome{State: shop.LabelBought, TrackingNumber: l.tracking, ServiceName: l.serviceName, Cost: l.cost, EtaAt: l.etaAt}
}

// BuyLabel buys a label, once for its key.
func (c *Carrier) BuyLabel(ctx context.Context, r shop.LabelRequest) (shop.LabelOutcome, error) {
	if r.Parcel.To.PostalCode == PostcodeNever {
		return shop.LabelOutcome{}, ErrTimeout
	}
	l, err := c.draft(r)
	if err != nil {
		return shop.LabelOutcome{}, err
	}
	_, err = c.pool.Exec(ctx, `INSERT INTO simulated_carrier.labels (`+labelColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL) ON CONFLICT (request_key) DO NOTHING`,
		l.tracking, l.key, l.service, l.serviceName, l.refused, l.cost.Currency, l.cost.Minor, l.fate, l.place, l.boughtAt, l.etaAt)
	if err != nil {
		return shop.LabelOutcome{}, fmt.Errorf("simulated carrier: label: %w", err)
	}
	bought, err := c.find(ctx, r.Key)
	switch {
	case err != nil:
		return shop.LabelOutcome{}, err
	case bought.service != l.service || bought.place != l.place:
		return shop.LabelOutcome{}, errKeyReused
	case r.Parcel.To.PostalCode == PostcodeTimeout:
		return shop.LabelOutcome{}, ErrTimeout
	}
	return bought.outcome(), nil
}

// draft is the label that a request would become.
func (c *Carrier) draft(r shop.LabelRequest) (label, error) {
	tracking, err := newTracking()
	if err != nil {
		return label{}, err
	}
	to := r.Parcel.To
	l := label{tracking: tracking, key: r.Key, service: r.Service, place: to.City + ", " + to.Country, boughtAt: c.now(), cost: shop.Amount{Currency: r.Parcel.Currency}}
	l.fate, l.etaAt = fateOf(tracking, to.PostalCode), l.boughtAt
	switch rate, offered := rateOf(r.Parcel, r.Service, l.boughtAt); {
	case to.PostalCode == PostcodeRefused:
		l.refused = "The postal code " + to.PostalCode + " is not served."
	case !offered:
		l.refused = "This service does not take the parcel."
	default:
		l.serviceName, l.cost, l.etaAt = rate.Name, rate.Cost, rate.EtaAt
	}
	return l, nil
}

func (c *Carrier) now() time.Time { return c.clock().UTC().Truncate(time.Microsecond) }

func (c *Carrier) find(ctx context.Context, key string) (label, error) {
	l, err := scanLabel(c.pool.QueryRow(ctx, `SELECT `+labelColumns+` FROM simulated_carrier.labels WHERE request_key = $1`, key))
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("simulated carrier: look up: %w", err)
	}
	return l, err
}

// LookUp answers what became of a request.
func (c *Carrier) LookUp(ctx context.Context, key string) (shop.LabelOutcome, error) {
	l, err := c.find(ctx, key)
	if errors.Is(err, pgx.ErrNoRows) {
		return shop.LabelOutcome{State: shop.LabelNeverHeard}, nil
	}
	if err != nil {
		return shop.LabelOutcome{}, err
	}
	return l.outcome(), nil
}

// VoidLabel takes a label back that was not used.
func (c *Carrier) VoidLabel(ctx context.Context, trackingNumber string) (refused string, err error) {
	l, err := scanLabel(c.pool.QueryRow(ctx, `SELECT `+labelColumns+` FROM simulated_carrier.labels WHERE tracking_number = $1`, trackingNumber))
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "There is no label with this number.", nil
	case err != nil:
		return "", fmt.Errorf("simulated carrier: void: %w", err)
	case l.voidedAt != nil:
		return "", nil
	case len(l.history(c.now())) > 1: // more than announced
		return "The parcel was scanned already.", nil
	}
	if _, err := c.pool.Exec(ctx, `UPDATE simulated_carrier.labels SET voided_at = $2 WHERE tracking_number = $1 AND voided_at IS NULL`, trackingNumber, c.now()); err != nil {
		return "", fmt.Errorf("simulated carrier: void: %w", err)
	}
	return "", nil
}

// Track is everything that happened to parcels so far.
func (c *Carrier) Track(ctx context.Context, trackingNumbers []string) ([]shop.TrackingEvent, error) {
	rows, err := c.pool.Query(ctx, `SELECT `+labelColumns+` FROM simulated_carrier.labels WHERE tracking_number = ANY ($1) AND refused = '' ORDER BY tracking_number`, trackingNumbers)
	if err != nil {
		return nil, fmt.Errorf("simulated carrier: track: %w", err)
	}
	labels, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (label, error) { return scanLabel(row) })
	if err != nil {
		return nil, fmt.Errorf("simulated carrier: track: %w", err)
	}
	var events []shop.TrackingEvent
	for _, l := range labels {
		events = append(events, l.history(c.now())...)
	}
	return events, nil
}

// newTracking is a new tracking number: "SP", eleven digits and the check digit.
func newTracking() (string, error) {
	digits := make([]byte, trackingDigits)
	if _, err := rand.Read(digits); err != nil {
		return "", err
	}
	for i := range digits {
		digits[i] = '0' + digits[i]%10
	}
	return trackingPrefix + string(digits) + string(checkDigit(string(digits))), nil
}
