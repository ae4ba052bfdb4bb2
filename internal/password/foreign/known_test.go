package foreign_test

import "github.com/enroll-project/enroll/internal/admission"

// knownHashes are hashes that other programs have made.
func knownHashes() []known {
	// The salt of the hashes by passlib and hashlib is 0, 1, 2 … 15.
	return append(knownScrypts(), []known{
		{"bcrypt of PyPI's bcrypt", "$2b$04$abcdefghijklmnopqrstuuG9SiaY23kcHNVfZOi3ASV48v6x1TbkS", "", "MyPassword123",
			admission.Work{Algorithm: admission.Bcrypt, Units: 16}},
		{"RFC 7914, section 11", "$pbkdf2-sha256$i=1,l=64$c2FsdA$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLxJypzM8Xm2R" +
			"ZkWZLOdd+8xfHG4RbHjC9UJESBB06GXgw", "", "passwd", admission.Work{Algorithm: admission.PBKDF2SHA256, Units: 1}},
		{"RFC 6070, 4096 iterations", "$pbkdf2-sha1$i=4096,l=20$c2FsdA$SwB5AbdlSJq+rUnZJvch0GWkKcE", "", "password",
			admission.Work{Algorithm: admission.PBKDF2SHA1, Units: 4096}},
		// tests/auth_tests/test_hashers.py of Django 4.1.
		{"Django's own test", "pbkdf2_sha256$390000$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=",
			"$pbkdf2-sha256$i=390000,l=32$c2Vhc2FsdA$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c", "lètmein",
			admission.Work{Algorithm: admission.PBKDF2SHA256, Units: 390_000}},
		{"Django 5.2.19, SHA-1", "pbkdf2_sha1$1000$h1tPfMPD2rZ6pXlR9TLVqA$XL0deiI2+6m8JBnTILDLAYJckFI=",
			"$pbkdf2-sha1$i=1000,l=20$aDF0UGZNUEQyclo2cFhsUjlUTFZxQQ$XL0deiI2+6m8JBnTILDLAYJckFI", "MyPassword123",
			admission.Work{Algorithm: admission.PBKDF2SHA1, Units: 1000}},
		{"passlib 1.7.4, SHA-256", "$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$iflKemmRHEWiKc0EdSZjkv.izRTx9MhS9PtScJlamJU",
			"$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$iflKemmRHEWiKc0EdSZjkv+izRTx9MhS9PtScJlamJU", "MyPassword123",
			admission.Work{Algorithm: admission.PBKDF2SHA256, Units: 1000}},
		{"passlib 1.7.4, SHA-512", "$pbkdf2-sha512$1000$AAECAwQFBgcICQoLDA0ODw$m1VqVZ/..n9JbhEYq5aTu9/stxK.2c3GKVtFLKka42" +
			"j6RNMyNMLvxHZYgF4fBo.79ATf4MKpqUQipivFyL3wGw", "$pbkdf2-sha512$i=1000,l=64$AAECAwQFBgcICQoLDA0ODw$m1VqVZ/++n9J" +
			"bhEYq5aTu9/stxK+2c3GKVtFLKka42j6RNMyNMLvxHZYgF4fBo+79ATf4MKpqUQipivFyL3wGw", "MyPassword123",
			admission.Work{Algorithm: admission.PBKDF2SHA512, Units: 1000}},
		{"passlib 1.7.4, SHA-1", "$pbkdf2$1000$AAECAwQFBgcICQoLDA0ODw$i5eoZO4gSg7g5k0qUF4BhXdL/.4",
			"$pbkdf2-sha1$i=1000,l=20$AAECAwQFBgcICQoLDA0ODw$i5eoZO4gSg7g5k0qUF4BhXdL/+4", "MyPassword123",
			admission.Work{Algorithm: admission.PBKDF2SHA1, Units: 1000}},
		// Python's hashlib, with the parameters and the lengths of Keycloak: 64 bytes, which are four blocks of SHA-1.
		{"Keycloak, SHA-256", "$pbkdf2-sha256$i=27500$AAECAwQFBgcICQoLDA0ODw==$3OTF/hwcu3mu/0zodkhRhkXoKeOygatyx8kNcAqv" +
			"Sh118j9qNcsylXbrBSlcxZDHCv2nUlHSp4OhCqVIpUT3Kw==", "$pbkdf2-sha256$i=27500,l=64$AAECAwQFBgcICQoLDA0ODw$3OTF" +
			"/hwcu3mu/0zodkhRhkXoKeOygatyx8kNcAqvSh118j9qNcsylXbrBSlcxZDHCv2nUlHSp4OhCqVIpUT3Kw", "MyPassword123",
			admission.Work{Algorithm: admission.PBKDF2SHA256, Units: 27_500}},
		{"Keycloak, SHA-1", "$pbkdf2-sha1$i=20000,l=512$AAECAwQFBgcICQoLDA0ODw$Cwsyk9Tfnn2xjf59x4qntRJhNGScMDYvVi6LnIANZ" +
			"w6/d/HLQcY2sxneSEEXqqBkKY90nBnjUrsCOH2VFyUReg", "$pbkdf2-sha1$i=20000,l=64$AAECAwQFBgcICQoLDA0ODw$Cwsyk9Tfnn2" +
			"xjf59x4qntRJhNGScMDYvVi6LnIANZw6/d/HLQcY2sxneSEEXqqBkKY90nBnjUrsCOH2VFyUReg", "MyPassword123",
			admission.Work{Algorithm: admission.PBKDF2SHA1, Units: 20_000}},
		// The specification of SHA-crypt. openssl passwd gives the same.
		{"SHA-crypt.txt, SHA-256", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "", "Hello world!",
			admission.Work{Algorithm: admission.SHA256Crypt, Units: 5000}},
		{"SHA-crypt.txt, SHA-256, 10,000 rounds", "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2." +
			"opqey6IcA", "", "Hello world!", admission.Work{Algorithm: admission.SHA256Crypt, Units: 10_000}},
		{"SHA-crypt.txt, SHA-512", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI" +
			"68u4OTLiBFdcbYEdFCoEOfaS35inz1", "", "Hello world!", admission.Work{Algorithm: admission.SHA512Crypt, Units: 5000}},
		{"SHA-crypt.txt, SHA-512, 10,000 rounds", "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbH" +
			"bbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.", "", "Hello world!",
			admission.Work{Algorithm: admission.SHA512Crypt, Units: 10_000}},
		// The names are those of hash/hash_comparator.go of ory/kratos, read in November 2026.
		{"Kratos, SHA-256", "$sha256-crypt$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
			"$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!",
			admission.Work{Algorithm: admission.SHA256Crypt, Units: 5000}},
		{"Kratos, SHA-512", "$sha512-crypt$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/Urj" +
			"mM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.", "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbM" +
			"CVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.", "Hello world!",
			admission.Work{Algorithm: admission.SHA512Crypt, Units: 10_000}},
		{"crypt(3) of glibc 2.36, not ASCII", "$6$saltstring$cNMaSNOpnIWF6w/Be3wQV5mBWC.WPQxUHpXE4GaRsrI3JgXFdW8O1RkWg0UzK9" +
			"zUYXCtNfYpsIDSw9al58ODv1", "", "密码一二三四五六", admission.Work{Algorithm: admission.SHA512Crypt, Units: 5000}},
	}...)
}

// knownScrypts are those of scrypt.
func knownScrypts() []known {
	return []known{
		{"RFC 7914, section 12", "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLV" +
			"QylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw", "", "pleaseletmein",
			admission.Work{Algorithm: admission.Scrypt, Units: 8 << 14}},
		{"RFC 7914, p of 16", "$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/x" +
			"CSedmDDaxyevuUqD7m2DYMvfoswGQA", "", "password", admission.Work{Algorithm: admission.Scrypt, Units: 128 << 10}},
		{"Django 5.2.19, scrypt", "scrypt$1024$h1tPfMPD2rZ6pXlR9TLVqA$8$5$rmUBp0zonnzHXYaS+0RMvuSzYc68RUQASVLFlmDkGhQh9Ti" +
			"DdjWBMuS4CwlDs4WShQs+aDWtBhwqjMe9zwLJUg==", "$scrypt$ln=10,r=8,p=5$aDF0UGZNUEQyclo2cFhsUjlUTFZxQQ$rmUBp0zonnz" +
			"HXYaS+0RMvuSzYc68RUQASVLFlmDkGhQh9TiDdjWBMuS4CwlDs4WShQs+aDWtBhwqjMe9zwLJUg", "MyPassword123",
			admission.Work{Algorithm: admission.Scrypt, Units: 40 << 10}},
		{"passlib 1.7.4, scrypt", "$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$iPuEdcQpYxpTDpQhDwuKg9aCHi7S3zTkgVX4b" +
			"Keo944", "", "MyPassword123", admission.Work{Algorithm: admission.Scrypt, Units: 8 << 10}},
		// hash/hasher_test.go of ory/kratos, read in November 2026: its ln is N.
		{"Kratos, scrypt", "$scrypt$ln=16384,r=8,p=1$2npRo7P03Mt8keSoMbyD/tKFWyUzjiQf2svUaNDSrhA=$MiCzNcIplSMqSBrm4HckjYqY" +
			"haVPPjTARTzwB1cVNYE=", "$scrypt$ln=14,r=8,p=1$2npRo7P03Mt8keSoMbyD/tKFWyUzjiQf2svUaNDSrhA$MiCzNcIplSMqSBrm4HckjY" +
			"qYhaVPPjTARTzwB1cVNYE", "test", admission.Work{Algorithm: admission.Scrypt, Units: 8 << 14}},
		// The example in the README of github.com/firebase/scrypt, with the parameters of its project.
		{"Firebase", "$firescrypt$ln=14,r=8,p=1$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn" +
			"3aoItz+VHjoZilo78198JAdRuid5lQ==$Bw==$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0Qs" +
			"EmYUSDzZvpjeJ9WmXA==", "$firebase-scrypt$ln=14,r=8,p=1$42xEC+ixf3L2lwc$GjH2+Jz+dglLj5NuFkZHgBvZnv8Z8VZE5sdIgE" +
			"AbIgeXy+ZfSpJLu1A++pZcpx0OhX41mDwvu2Olmp+PnfLfyQ", "user1password",
			admission.Work{Algorithm: admission.Scrypt, Units: 8 << 14}},
		// The test of Firebase's scrypt in package crypto of supabase/auth, read in November 2026.
		{"Supabase, of Firebase", "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bp0kDuAYoXrK16mbZO4yGwAn3oLspjn" +
			"N0/c41v8xZnO1n14J3MjKj1b2g6AUCAlFwMw==$C0sHCg9ek77hsg==$zKVTMvnWVw5BBOZNUdnsalx4c4c7y/w7IS5p6Ut2+CfEFFlz37J9hu" +
			"yQfov4iizN8dbjvEJlM5tQaJP84+hfTw==", "$firebase-scrypt$ln=14,r=8,p=1$C0sHCg9ek77hsgc$bko+R30Qnof9lgI3XwTtzRV7y" +
			"4ETlU6Oy0iw0sfwOC4ztOJaUcEJeyKlwUehFsGqJlSUjnDG5ibwgJb+4bkvfA", "mytestpassword",
			admission.Work{Algorithm: admission.Scrypt, Units: 8 << 14}},
	}
}
