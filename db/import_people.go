package db

import (
	"context"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

func (c *importCatalog) addCustomers(ctx context.Context) error {
	ids, fresh, err := register(ctx, c, refCustomer, "customers", c.batch.Customers, func(one shop.ImportCustomer) string { return one.ExternalID })
	if err != nil {
		return err
	}
	c.customers = ids
	rows := make([]sqlc.ImportCustomersParams, len(fresh))
	for i, one := range fresh {
		since := one.Since
		if since.IsZero() {
			since = c.s.Now()
		}
		rows[i] = sqlc.ImportCustomersParams{ID: ids[one.ExternalID], Email: orNullText(one.Email), Name: one.Name, CreatedAt: since, UpdatedAt: since}
	}
	if c.added.Customers, err = c.s.q.ImportCustomers(ctx, c.tx, rows); err != nil {
		return err
	}
	return c.saveAddresses(ctx, fresh)
}

// saveAddresses adds the address books of new customers, each address with the snapshot that orders will ship to.
func (c *importCatalog) saveAddresses(ctx context.Context, customers []shop.ImportCustomer) error {
	count := 0
	for _, one := range customers {
		count += 2 * len(one.Addresses)
	}
	ids, err := c.s.identities(ctx, c.tx, "addresses", count)
	if err != nil {
		return err
	}
	var rows []sqlc.ImportAddressesParams
	for _, one := range customers {
		for _, a := range one.Addresses {
			snapshot, saved := addressRow(ids[0], c.customers[one.ExternalID], a), addressRow(ids[1], c.customers[one.ExternalID], a)
			ids = ids[2:]
			snapshot.IsSnapshot = true
			saved.IsDefault, saved.SnapshotID = a.IsDefault, &snapshot.ID
			rows = append(rows, snapshot, saved)
			c.refs = append(c.refs, sqlc.ImportRefsParams{Source: c.source, Kind: refAddress, ExternalID: addressKey(one.ExternalID, a), ID: snapshot.ID})
		}
	}
	_, err = c.s.q.ImportAddresses(ctx, c.tx, rows)
	return err
}

func addressRow(id, customerID int64, a shop.Address) sqlc.ImportAddressesParams {
	return sqlc.ImportAddressesParams{
		ID: id, CustomerID: customerID, Name: a.Name, Line1: a.Line1, Line2: a.Line2, City: a.City, Region: a.Region,
		PostalCode: a.PostalCode, Country: a.Country, Phone: a.Phone,
	}
}

func (c *importCatalog) addTaxRates(ctx context.Context) error {
	if len(c.batch.TaxRates) == 0 {
		return nil
	}
	var p sqlc.ImportTaxRatesParams
	for _, r := range c.batch.TaxRates {
		p.Countries = append(p.Countries, r.Country)
		p.Regions = append(p.Regions, r.Region)
		p.Categories = append(p.Categories, r.Category)
		p.Names = append(p.Names, r.Name)
		p.Rates = append(p.Rates, int32(r.RatePPM))
	}
	return c.s.q.ImportTaxRates(ctx, c.tx, p)
}

func (c *importCatalog) addUsers(ctx context.Context) error {
	if len(c.batch.Users) == 0 {
		return nil
	}
	var merchantRefs, customerRefs []string
	for _, u := range c.batch.Users {
		if u.MerchantRef != "" {
			merchantRefs = append(merchantRefs, u.MerchantRef)
		}
		if u.CustomerRef != "" {
			customerRefs = append(customerRefs, u.CustomerRef)
		}
	}
	merchants, err := c.found(ctx, refMerchant, merchantRefs, c.merchants)
	if err != nil {
		return err
	}
	customers, err := c.found(ctx, refCustomer, customerRefs, c.customers)
	if err != nil {
		return err
	}
	var p sqlc.ImportUsersParams
	for _, u := range c.batch.Users {
		p.Emails = append(p.Emails, u.Email)
		p.Names = append(p.Names, u.Name)
		p.PasswordHashes = append(p.PasswordHashes, u.PasswordHash)
		p.Roles = append(p.Roles, string(u.Role))
		p.MerchantIds = append(p.MerchantIds, merchants[u.MerchantRef])
		p.CustomerIds = append(p.CustomerIds, customers[u.CustomerRef])
	}
	return c.s.q.ImportUsers(ctx, c.tx, p)
}
