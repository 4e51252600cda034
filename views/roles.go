package views

import (
	"waybill/shop"
	"waybill/views/urls"
)

// RoleRight is something that some roles may do. Page is where they do it; the tests hold the routes to it.
type RoleRight struct {
	Label string
	Page  string
	Roles []shop.Role
	Scope map[shop.Role]string // how far it goes, where it does not go everywhere
}

// RoleRights is the matrix of the roles page.
func RoleRights() []RoleRight {
	customer, merchant, finance, support, admin := shop.RoleCustomer, shop.RoleMerchant, shop.RoleFinance, shop.RoleSupport, shop.RoleAdmin
	return []RoleRight{
		{"Buy, and see what was bought", urls.AccountOrders(), []shop.Role{customer}, map[shop.Role]string{customer: "own orders"}},
		{"Pick, pack and ship", urls.MerchantQueue(), []shop.Role{merchant}, map[shop.Role]string{merchant: "own merchant"}},
		{"Decide, receive and pay returns", urls.MerchantReturns(), []shop.Role{merchant}, map[shop.Role]string{merchant: "own merchant"}},
		{"Keep stock", urls.MerchantInventory(), []shop.Role{merchant}, map[shop.Role]string{merchant: "own merchant"}},
		{"Write products, variants and prices", urls.MerchantProducts(), []shop.Role{merchant}, map[shop.Role]string{merchant: "own merchant"}},
		{"Set discounts and shipping", urls.MerchantShipping(), []shop.Role{merchant}, map[shop.Role]string{merchant: "own merchant"}},
		{"See money: totals, payments, exports", urls.FinancePayments(), []shop.Role{finance, admin}, nil},
		{"Reconcile and resolve exceptions", urls.FinanceReconciliation(), []shop.Role{finance, admin}, nil},
		{"Find and read any order and customer", urls.Support(""), []shop.Role{support, finance, admin}, nil},
		{"Write notes, cancel orders", "", []shop.Role{support, admin}, nil},
		{"Open merchants", urls.AdminMerchants(), []shop.Role{admin}, nil},
		{"Manage accounts and roles", urls.AdminUsers(), []shop.Role{admin}, nil},
		{"Set taxes, rounding and the shop's discounts", urls.AdminTaxes(), []shop.Role{admin}, nil},
		{"Make and revoke API keys", urls.AdminAPIKeys(), []shop.Role{admin}, nil},
		{"Check the books, read the audit log", urls.AdminAudit(), []shop.Role{admin}, nil},
	}
}

// may says how far a role that may do it may go.
func (r RoleRight) may(role shop.Role) string {
	if scope := r.Scope[role]; scope != "" {
		return "yes, " + scope
	}
	return "yes"
}
