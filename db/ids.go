package db

import (
	"context"
	"sync"
	"time"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// sequenceAhead is how many times what it needs a group of checkouts takes from the sequence: the groups that follow in
// the same second then need not ask.
const sequenceAhead = 8

// idMaker makes time-ordered ids of the low bits that it was given.
type idMaker struct{ sequence []int64 }

func (m *idMaker) next(at time.Time) (int64, error) {
	id, err := shop.NewOrderID(at, m.sequence[0])
	m.sequence = m.sequence[1:]
	return int64(id), err
}

// sequenceStock keeps numbers of the sequence that were taken ahead. They are good for the second in which they were
// taken: an id is its second and its number, and a number that waited longer could meet itself, a million numbers later,
// in the same second.
type sequenceStock struct {
	mu      sync.Mutex
	second  int64
	numbers []int64
}

// take returns n numbers for ids of the time at, nil if there are not that many.
func (s *sequenceStock) take(n int, at time.Time) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.second != at.Unix() || len(s.numbers) < n {
		return nil
	}
	taken := s.numbers[:n:n]
	s.numbers = s.numbers[n:]
	return taken
}

// keep replaces what is in stock by numbers that were taken at that time: added to those of another writer, they might be behind
// higher ones, and the orders of a group would not be in the order in which they came.
func (s *sequenceStock) keep(numbers []int64, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.second, s.numbers = at.Unix(), numbers
}

// has tells whether there are n numbers for ids of the time at.
func (s *sequenceStock) has(n int, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.second == at.Unix() && len(s.numbers) >= n
}

// stockIDs takes numbers ahead for about n ids, for idsAhead to find, if there are not that many.
func (s *Store) stockIDs(n int, now time.Time) read {
	return func(ctx context.Context, tx sqlc.DBTX) error {
		if s.sequence.has(n, now) {
			return nil
		}
		numbers, err := s.q.PlacingSequence(ctx, tx, int32(n*sequenceAhead))
		if err == nil {
			s.sequence.keep(numbers, now)
		}
		return err
	}
}

// idsAhead makes ids of now, of numbers in stock or, when another writer had them or more are needed than expected, of new ones.
func (s *Store) idsAhead(ctx context.Context, tx sqlc.DBTX, n int, now time.Time) (idMaker, error) {
	if numbers := s.sequence.take(n, now); numbers != nil {
		return idMaker{numbers}, nil
	}
	numbers, err := s.q.PlacingSequence(ctx, tx, int32(n))
	return idMaker{numbers}, err
}

// clockSlack is more than the clocks of two instances of the program differ.
const clockSlack = 24 * time.Hour

// noIDYet bounds the ids that exist from above, so that the months to come are not read.
func noIDYet(now time.Time) int64 { return int64(shop.FirstIDAt(now.Add(clockSlack))) }
