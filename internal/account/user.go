package account

import (
	"time"

	"github.com/enroll-project/enroll/gen/db"
)

// userOf leaves behind what is nobody's business outside the database: keys,
// skeleton, hash, and the invitation's count.
func userOf(row db.User) User {
	return User{
		ID:          row.ID,
		Site:        row.SiteID,
		ParentID:    orZero(row.ParentID),
		UserName:    orZero(row.UserName),
		RealName:    row.RealName,
		AvatarURL:   row.AvatarUrl,
		Email:       orZero(row.Email),
		Phone:       orZero(row.Phone),
		GroupID:     row.GroupID,
		Status:      Status(row.Status),
		Retailer:    row.IsRetailer,
		Balance:     row.Balance,
		TotalReward: row.TotalReward,
		InviteCode:  row.InviteCode,
		CreatedAt:   row.CreatedAt,
		UpdatedAt:   row.UpdatedAt,
		LastLoginAt: row.LastLoginAt,
		ExpiresAt:   orZero[time.Time](row.ExpiresAt),
	}
}

func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
