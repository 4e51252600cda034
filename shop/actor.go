package shop

import "slices"

// ActorKind says what sort of actor did something.
type ActorKind string

// The kinds of actors.
const (
	ActorCustomer    ActorKind = "customer"
	ActorStaff       ActorKind = "staff"
	ActorSystem      ActorKind = "system"
	ActorIntegration ActorKind = "integration"
)

// Actor is who did something, as events and the audit log keep it. ID is users.id for
// staff, customers.id for a customer, api_keys.id for an integration and 0 for the
// system. Name is a snapshot for people.
type Actor struct {
	Kind ActorKind
	ID   int64
	Name string
}

// Role says what a user or an API key may do.
type Role string

// The roles.
const (
	RoleCustomer Role = "customer"
	RoleMerchant Role = "merchant"
	RoleFinance  Role = "finance"
	RoleSupport  Role = "support"
	RoleAdmin    Role = "admin"
)

var roles = []Role{RoleCustomer, RoleMerchant, RoleFinance, RoleSupport, RoleAdmin}

// ParseRole reads a role by its exact name; others are CodeInvalid.
func ParseRole(s string) (Role, error) {
	if !slices.Contains(roles, Role(s)) {
		return "", invalid("The role must be one of customer, merchant, finance, support and admin.")
	}
	return Role(s), nil
}
