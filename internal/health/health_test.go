package health

import (
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
