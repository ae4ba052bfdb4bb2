package profile

import "reflect"

// AvatarRefusal returns the refusal for an error of the avatar's maker.
func AvatarRefusal(err error) error { return avatarRefusal(err) }

// AvatarSlots returns how many pictures are decoded at once. Package avatar does not tell it, since only this test
// needs it.
func (s *Profiles) AvatarSlots() int {
	return reflect.ValueOf(s.avatars).Elem().FieldByName("slots").Cap()
}
