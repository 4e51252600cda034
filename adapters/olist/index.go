package olist

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/shop"
)

// offer is a seller's price of a product, as of the last order that paid it.
type offer struct {
	sellerID   string
	priceMinor int64
	pricedAt   time.Time
}

// index reads the five small files, and from the orders file the purchase times.
func (s *Source) index(ctx context.Context, rejects shop.RejectWriter) error {
	for _, step := range []struct {
		file fileSpec
		keep func(row) (problem string)
	}{
		{ordersFile, s.keepPlaced},
		{sellersFile, s.keepSeller},
		{customersFile, s.keepCustomer},
		{productsFile, s.keepProduct},
		{itemsFile, s.keepItem},
		{paymentsFile, s.keepPayment},
	} {
		err := s.each(ctx, step.file, func(r row) error {
			if problem := step.keep(r); problem != "" {
				return rejects.WriteReject(r.reject(problem))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// intern returns one copy of equal texts that does not hold the row it was cut from.
func (s *Source) intern(text string) string {
	if known, ok := s.words[text]; ok {
		return known
	}
	text = strings.Clone(text)
	s.words[text] = text
	return text
}

// keepPlaced never refuses: Checkouts reads the file again and reports its bad rows.
func (s *Source) keepPlaced(r row) (problem string) {
	if o, problem := parse(r, readOrder(s.now)); problem == "" {
		if _, again := s.placed[o.id]; !again {
			s.placed[s.intern(o.id)] = o.purchased
		}
	}
	return ""
}

func (s *Source) keepSeller(r row) (problem string) {
	one, problem := parse(r, readSeller)
	if problem != "" {
		return problem
	}
	if _, again := s.sellers[one.id]; again {
		return "seller " + one.id + " is there already"
	}
	one.id, one.city, one.state = s.intern(one.id), s.intern(one.city), s.intern(one.state)
	one.postalCode = s.intern(one.postalCode)
	s.addSeller(one)
	return ""
}

func (s *Source) addSeller(one seller) {
	s.sellers[one.id] = &one
	s.sellerIDs = append(s.sellerIDs, one.id)
}

func (s *Source) keepCustomer(r row) (problem string) {
	id, problem := parse(r, func(f *cells) string { return f.id("customer_id") })
	if problem != "" {
		return problem
	}
	one, problem := parse(r, readCustomer)
	if problem != "" {
		return problem
	}
	if _, again := s.customers[id]; again {
		return "customer " + id + " is there already"
	}
	one.uniqueID, one.postalCode = s.intern(one.uniqueID), s.intern(one.postalCode)
	if !s.people[one.uniqueID] {
		s.people[one.uniqueID] = true
		s.uniqueIDs = append(s.uniqueIDs, one.uniqueID)
	}
	one.city, one.state = s.intern(one.city), s.intern(one.state)
	s.customers[s.intern(id)] = one
	return ""
}

func (s *Source) keepProduct(r row) (problem string) {
	one, problem := parse(r, readProduct)
	if problem != "" {
		return problem
	}
	if _, again := s.products[one.id]; again {
		return "product " + one.id + " is there already"
	}
	one.id, one.category = s.intern(one.id), s.intern(one.category)
	for i := range one.dimensions {
		one.dimensions[i] = s.intern(one.dimensions[i])
	}
	s.addProduct(one)
	return ""
}

func (s *Source) addProduct(one product) {
	s.products[one.id] = &one
	s.productIDs = append(s.productIDs, one.id)
}

// orderOf reads the order that a row belongs to, and spoils it when the row is bad.
func orderOf[T any](s *Source, r row, read func(*cells) T) (orderID string, value T, problem string) {
	orderID, problem = parse(r, func(f *cells) string { return f.id("order_id") })
	if problem == "" {
		value, problem = parse(r, read)
	}
	if problem != "" {
		s.spoil(strings.Clone(r.likely("order_id")), r)
	}
	return orderID, value, problem
}

func (s *Source) keepItem(r row) (problem string) {
	orderID, one, problem := orderOf(s, r, readItem)
	if problem != "" {
		return problem
	}
	for _, before := range s.items[orderID] {
		if before.number == one.number {
			if !before.same(one) {
				s.spoil(strings.Clone(orderID), r)
			}
			return fmt.Sprintf("item %d of the order is on line %d already", one.number, before.line)
		}
	}
	one.productID, one.sellerID = s.intern(one.productID), s.intern(one.sellerID)
	orderID = s.intern(orderID)
	s.items[orderID] = append(s.items[orderID], one)
	if placed, known := s.placed[orderID]; known {
		s.keepOffer(one, placed)
	}
	return ""
}

// same tells whether two rows say the same, so that one may be dropped without loss.
func (i item) same(other item) bool {
	i.line = other.line
	return i == other
}

// keepOffer notes who sells the product, and the price of the latest order.
func (s *Source) keepOffer(it item, placed time.Time) {
	if s.sellers[it.sellerID] == nil {
		s.addSeller(seller{id: it.sellerID})
	}
	if s.products[it.productID] == nil {
		s.addProduct(product{id: it.productID})
	}
	p := s.products[it.productID]
	i := slices.IndexFunc(p.offers, func(o offer) bool { return o.sellerID == it.sellerID })
	if i < 0 {
		i = len(p.offers)
		p.offers = append(p.offers, offer{sellerID: it.sellerID})
	}
	if !placed.Before(p.offers[i].pricedAt) {
		p.offers[i].priceMinor, p.offers[i].pricedAt = it.priceMinor, placed
	}
}

func (s *Source) keepPayment(r row) (problem string) {
	orderID, one, problem := orderOf(s, r, readPayment)
	if problem != "" {
		return problem
	}
	for _, before := range s.payments[orderID] {
		if before.sequence == one.sequence {
			if !before.same(one) {
				s.spoil(strings.Clone(orderID), r)
			}
			return fmt.Sprintf("payment %d of the order is on line %d already", one.sequence, before.line)
		}
	}
	one.method = s.intern(one.method)
	orderID = s.intern(orderID)
	s.payments[orderID] = append(s.payments[orderID], one)
	return ""
}

// same tells whether two rows say the same, so that one may be dropped without loss.
func (p payment) same(other payment) bool {
	p.line = other.line
	return p == other
}
