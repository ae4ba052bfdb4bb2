package foreign_test

import (
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/password/foreign"
)

// TestSHACryptLengths has passwords that repeat the letter p. They are as long as a digest, as a block of the digest,
// or one more or less: the specification treats each length differently. They were made by crypt(3) of glibc 2.36.
func TestSHACryptLengths(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		length  int
		id, key string
	}{
		{1, "5", "09hkd1c7XcjmIpohITrrVdpLVokUCl.CQRQF3O9HbG4"},
		{31, "5", "Vw4s0OM87SQNZEFjv3yr8xJYnHbG.tweDwp4q4WZR38"},
		{32, "5", "z1JE8DcKiuqVPoYNc3zOG2Eo0prNjDBZKV38KmEfXz8"},
		{33, "5", "nbz6IfImPfvyN.lITXkXvjbiB.wTDKa9d6NdDIYXRzB"},
		{63, "5", "XKjmYXdEjmAfUnVoatPwxUIheI4XIs7sgqSsFULrEm2"},
		{64, "5", "2FM8/CP2YQukEmSdN9l.CowggxAUO0iPzFQ1atEfLEC"},
		{65, "5", "obTswnfvXwyyhoiR/XT0wPb.eRGXhXVvCawz/WJFOy3"},
		{127, "5", "FE8./xa.4BeyxVK3T9n04YdHl82RCLFywZIc/7EUB0."},
		{128, "5", "vE/dl.cTGatL/gLW1jYctRM3sO.di5fZPhvsaceTjR3"},
		{1, "6", "BBNaHoIeLJx7fnpJSGSzob8ovQeuKaxOaZKEiBJQ9G/R8g.Nkf9Ug9aCgOahe3GSAdNnNp0HrRLstxIDFA/PF1"},
		{31, "6", "r29wRL.kpk34DUrJ2772RKTbZPLv7mZMgpSTwHnBOKfTtOkO5955wx6x4XFuMaMJkJ7YnuYasER.44O2xaYzw."},
		{32, "6", "9CDjDATAXKKaWVKuPQU5OebgY270/HavEACmL.qmsrTEsw.eRThVkWuESK4IXJ.h7roRrFj2V4SJW58ELtq3g/"},
		{33, "6", "sfS/oT8dsicWbYLPvBEcJe4lDK.L0k2dcuuRSrBfSQCabaPdNsjQevaku919PQ.tU7jEZnJJ2c7IvHbXBn1q41"},
		{63, "6", "v6RX3kGPU6ug4Wads.HqvTgvGeV3243SdVT4YQddwT.M1.wZzGvCdvza0TF43kPttCGs2sdNutGF1Ar1qV/jt0"},
		{64, "6", "xQmlCPxtZYcJ5ZdT7zdbZRYpCSJItqKDguSSRLU91tA/hyjZFit8a2ZNBcT/cU/xU6aDYS3EVo/MizoUOW2i/."},
		{65, "6", "XDh0DbqPY.fji9MkxdKgD5Lvuby/17XU92BWzMoLkxOki0ctLL2eQPf0wj3v/YrRoyolHk5tTsifp6Q3ZCvWR1"},
		{127, "6", "5Pm1GjdFqezaVMI11giNdZmmVRjnk0q/gVYEQZQU6locpuBDia/YjTVdwgUTE8GkySz2MJCLymR6DbI2zr3y30"},
		{128, "6", "6pvkf.8MmyMLK2GkTiUbSUrcJwTsyPb0nqDOU2wfv0bjVw8SlQm0pdQHIq4ZHSrgckAJgrbWNdap3xB3j6RS8/"},
	} {
		salt, password := strings.Repeat("a", min(test.length, 16)), strings.Repeat("p", test.length)
		h := foreign.Parse("$" + test.id + "$rounds=1000$" + salt + "$" + test.key)
		if h == nil || !h.Matches(password) || h.Matches(password[1:]) || h.Matches("p"+password) {
			t.Errorf("%d bytes: %v", test.length, h)
		}
	}
}

// TestSHACryptLongPassword: a password of more than 128 bytes matches neither the hash of its first 128 nor its own.
func TestSHACryptLongPassword(t *testing.T) {
	t.Parallel()
	h := foreign.Parse("$5$rounds=1000$aaaaaaaaaaaaaaaa$vE/dl.cTGatL/gLW1jYctRM3sO.di5fZPhvsaceTjR3")
	if !h.Matches(strings.Repeat("p", 128)) || h.Matches(strings.Repeat("p", 129)) {
		t.Error("the bound is not 128 bytes")
	}
}
