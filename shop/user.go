package shop

import "time"

// User is an account that signs in. MerchantID is set for merchants, CustomerID for customers, neither for other roles.
type User struct {
	ID           int64
	Email        string
	Name         string
	Role         Role
	MerchantID   int64
	MerchantName string
	CustomerID   int64
	// SessionEpoch is raised to end all sessions of the user: a session made under an older one is over.
	SessionEpoch int64
	Disabled     bool
	LastLoginAt  time.Time // zero: never
	CreatedAt    time.Time
}

// Actor is the user as an author of events: customers act as customers, everybody else as staff.
func (u User) Actor() Actor {
	if u.Role == RoleCustomer {
		return Actor{Kind: ActorCustomer, ID: u.CustomerID, Name: u.Name}
	}
	return Actor{Kind: ActorStaff, ID: u.ID, Name: u.Name}
}

// Scope is which orders the user may see: customers and merchants their own, finance, support and admins all.
func (u User) Scope() OrderScope {
	return OrderScope{CustomerID: u.CustomerID, MerchantID: u.MerchantID}
}
