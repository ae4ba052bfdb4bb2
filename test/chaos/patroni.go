package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// cluster is three nodes of PostgreSQL under Patroni, each in a network namespace of its own that can be
// cut off, with etcd and haproxy beside them. It needs root.
type cluster struct {
	folder  string
	address string // of haproxy, behind which the primary is
	url     string
	log     *os.File
	parts   []*exec.Cmd
	uid     int // of the account of PostgreSQL
	gid     int
}

// The addresses are those of deploy/patroni. The bridge has no port to the outside.
const (
	bridge      = "enroll-chaos"
	clusterNet  = "10.77.0."
	clusterSize = 3
)

func namespace(node int) string { return fmt.Sprintf("enroll-chaos%d", node) }
func nodeAddress(node int) string {
	return clusterNet + strconv.Itoa(10+node)
}

// withPatroni starts the cluster, gives it the schema and the planted codes, and sends the replicas
// there.
func withPatroni(ctx context.Context, p *play) error {
	s := p.stage
	c := &cluster{folder: filepath.Join(s.folder, "patroni")}
	p.cluster = c
	s.also = append(s.also, c.close)
	if err := c.open(ctx); err != nil {
		return fmt.Errorf("on Debian, as root: apt-get install patroni etcd-server haproxy iproute2: %w", err)
	}
	if err := c.await(ctx, "SELECT NOT pg_is_in_recovery()"); err != nil {
		return err
	}
	if err := execOn(ctx, c.url, "CREATE ROLE enroll SUPERUSER LOGIN", "CREATE DATABASE enroll OWNER enroll"); err != nil {
		return err
	}
	c.connect("enroll")
	migrate := exec.CommandContext(ctx, s.binary, "migrate")
	migrate.Env = []string{"ENROLL_DATABASE_URL=" + c.url}
	if out, err := migrate.CombinedOutput(); err != nil {
		return fmt.Errorf("migrate: %w: %s", err, out)
	}
	s.url = c.url
	if _, err := s.plant(ctx, len(p.crowd.phones)); err != nil { // the same phones again
		return err
	}
	if err := c.healthy(ctx); err != nil {
		return err
	}
	s.relay.turn(c.address)
	return s.server.Stop(ctx)
}

// open makes the network and starts all parts.
func (c *cluster) open(ctx context.Context) error {
	owner, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	c.uid, _ = strconv.Atoi(owner.Uid)
	c.gid, _ = strconv.Atoi(owner.Gid)
	if err := errors.Join(os.MkdirAll(c.folder, 0o711), os.Chown(c.folder, c.uid, c.gid)); err != nil {
		return err
	}
	if c.log, err = os.Create(c.folder + "/log"); err != nil {
		return err
	}
	c.unplug() // removes the network of a run that was killed
	steps := [][]string{
		{"link", "add", bridge, "type", "bridge"},
		{"addr", "add", clusterNet + "1/24", "dev", bridge},
		{"link", "set", bridge, "up"},
	}
	for node := 1; node <= clusterSize; node++ {
		ns, outside, inside := namespace(node), link(node), fmt.Sprintf("inside%d", node)
		steps = append(steps,
			[]string{"netns", "add", ns},
			[]string{"link", "add", outside, "type", "veth", "peer", "name", inside},
			[]string{"link", "set", inside, "netns", ns},
			[]string{"link", "set", outside, "master", bridge},
			[]string{"link", "set", outside, "up"},
			[]string{"-n", ns, "addr", "add", nodeAddress(node) + "/24", "dev", inside},
			[]string{"-n", ns, "link", "set", inside, "up"},
			[]string{"-n", ns, "link", "set", "lo", "up"},
		)
	}
	for _, args := range steps {
		if err := ip(ctx, args...); err != nil {
			return err
		}
	}
	if err := c.run("etcd", "--data-dir", c.folder+"/etcd",
		"--listen-client-urls", "http://"+clusterNet+"1:2379", "--advertise-client-urls", "http://"+clusterNet+"1:2379",
		"--listen-peer-urls", "http://"+clusterNet+"1:2380", "--initial-advertise-peer-urls", "http://"+clusterNet+"1:2380",
		"--initial-cluster", "default=http://"+clusterNet+"1:2380"); err != nil {
		return err
	}
	for node := 1; node <= clusterSize; node++ {
		if err := c.configure(node); err != nil {
			return err
		}
		if err := c.start(node); err != nil {
			return err
		}
	}
	return c.front()
}

func link(node int) string { return fmt.Sprintf("enrollcut%d", node) }

func ip(ctx context.Context, args ...string) error {
	if out, err := exec.CommandContext(ctx, "ip", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %v: %w: %s", args, err, out)
	}
	return nil
}

// run starts a program that lasts as long as the cluster.
func (c *cluster) run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = c.log, c.log, c.folder
	// The kernel ends it if this process is killed.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.parts = append(c.parts, cmd)
	go func() { _ = cmd.Wait() }()
	return nil
}

// configure writes deploy/patroni/patroni.yaml for one node, with this run's addresses and paths, and
// without passwords.
func (c *cluster) configure(node int) error {
	text, err := os.ReadFile("deploy/patroni/patroni.yaml")
	if err != nil {
		return err
	}
	initdb, err := program("initdb")
	if err != nil {
		return err
	}
	// initdb may be a link in a folder without the other programs, which Patroni needs, too.
	if initdb, err = filepath.EvalSymlinks(initdb); err != nil {
		return err
	}
	config := strings.NewReplacer("name: node1", "name: node"+strconv.Itoa(node), "10.77.0.11", nodeAddress(node),
		"scram-sha-256", "trust", "all all peer", "all all trust",
		"/var/lib/postgresql/enroll", fmt.Sprintf("%s/node%d", c.folder, node),
		"/usr/lib/postgresql/15/bin", filepath.Dir(initdb)).Replace(string(text))
	// All listen on the same port, so that their sockets need folders of their own.
	sockets := fmt.Sprintf("%s/socket%d", c.folder, node)
	if err := errors.Join(os.Mkdir(sockets, 0o755), os.Chown(sockets, c.uid, c.gid)); err != nil {
		return err
	}
	config += fmt.Sprintf("  pgpass: %s/pgpass%d\n  parameters:\n    unix_socket_directories: %s\n",
		c.folder, node, sockets)
	return os.WriteFile(fmt.Sprintf("%s/node%d.yaml", c.folder, node), []byte(config), 0o644)
}

// start starts Patroni on a node, which starts PostgreSQL.
func (c *cluster) start(node int) error {
	return c.run("ip", "netns", "exec", namespace(node), "setpriv", "--reuid=postgres", "--regid=postgres",
		"--init-groups", "patroni", fmt.Sprintf("%s/node%d.yaml", c.folder, node))
}

// front starts haproxy.
func (c *cluster) front() error {
	text, err := os.ReadFile("deploy/patroni/haproxy.cfg")
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c.address = l.Addr().String()
	_ = l.Close()
	c.connect("postgres")
	name := c.folder + "/haproxy.cfg"
	config := strings.Replace(string(text), "127.0.0.1:5433", c.address, 1)
	if err := os.WriteFile(name, []byte(config), 0o644); err != nil {
		return err
	}
	return c.run("haproxy", "-db", "-f", name)
}

// connect sets the URL to a database, and to the role of its name.
func (c *cluster) connect(name string) {
	c.url = fmt.Sprintf("postgres://%[1]s@%[2]s/%[1]s?sslmode=disable&connect_timeout=2", name, c.address)
}

// await waits until a query to the primary answers true.
func (c *cluster) await(ctx context.Context, query string) error {
	var last error
	for end := time.Now().Add(3 * readyWithin); time.Now().Before(end); {
		var ready bool
		ready, last = c.ask(ctx, query)
		if ready {
			return nil
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("the cluster never answered yes to %q: %w; its log is %s", query, last, c.log.Name())
}

func (c *cluster) ask(ctx context.Context, query string) (yes bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.url)
	if err != nil {
		return false, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	err = conn.QueryRow(ctx, query).Scan(&yes)
	return yes, err
}

// healthy waits until all nodes follow the primary, and commits wait for one of them.
func (c *cluster) healthy(ctx context.Context) error {
	return c.await(ctx, fmt.Sprintf("SELECT count(*) = %d AND bool_or(sync_state = 'sync') FROM pg_stat_replication "+
		"WHERE state = 'streaming'", clusterSize-1))
}

// node returns the node whose address a query to the primary gives.
func (c *cluster) node(ctx context.Context, query string) (int, error) {
	conn, err := pgx.Connect(ctx, c.url)
	if err != nil {
		return 0, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var address string
	if err := conn.QueryRow(ctx, query).Scan(&address); err != nil {
		return 0, err
	}
	for node := 1; node <= clusterSize; node++ {
		if address == nodeAddress(node) {
			return node, nil
		}
	}
	return 0, fmt.Errorf("%s is not the address of a node", address)
}

func (c *cluster) primary(ctx context.Context) (int, error) {
	return c.node(ctx, "SELECT host(inet_server_addr())")
}

// signal sends a signal to all processes of a node.
func (c *cluster) signal(node int, signal syscall.Signal) {
	out, _ := exec.Command("ip", "netns", "pids", namespace(node)).Output()
	for _, field := range strings.Fields(string(out)) {
		if pid, err := strconv.Atoi(field); err == nil {
			_ = syscall.Kill(pid, signal) // the process may have ended meanwhile
		}
	}
}

// lose plays the loss of a primary: another node takes its place, and the old one comes back as its
// standby. The outage is the longest time without a registration.
func (p *play) lose(ctx context.Context, lost func(node int) error, back func(node int) error) error {
	c := p.cluster
	if err := c.healthy(ctx); err != nil {
		return err
	}
	old, err := c.primary(ctx)
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := lost(old); err != nil {
		return err
	}
	for {
		if now, err := c.primary(ctx); err == nil && now != old {
			if yes, err := c.ask(ctx, "SELECT NOT pg_is_in_recovery()"); err == nil && yes {
				break
			}
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	p.mended = time.Now()
	promoted := time.Since(begin)
	if rest := p.length - time.Since(begin); rest > 0 {
		if err := pause(ctx, rest); err != nil {
			return err
		}
	}
	for _, again := p.crowd.history.after(p.mended); !again; _, again = p.crowd.history.after(p.mended) {
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	p.note("a new primary after %.1f s, no registration for %.1f s", promoted.Seconds(),
		p.crowd.history.outage(begin, time.Now()).Seconds())
	return back(old)
}

// patroniKill kills all processes of the primary's node.
func patroniKill(ctx context.Context, p *play, _ int) error {
	c := p.cluster
	return p.lose(ctx, func(node int) error { c.signal(node, syscall.SIGKILL); return nil }, c.start)
}

// patroniStop stops all processes of the primary's node. The processes go on later, and must not
// complete the commits that they were about to make.
func patroniStop(ctx context.Context, p *play, _ int) error {
	c := p.cluster
	return p.lose(ctx, func(node int) error { c.signal(node, syscall.SIGSTOP); return nil },
		func(node int) error { c.signal(node, syscall.SIGCONT); return nil })
}

// patroniCut cuts the primary's node off: from etcd, its standbys and haproxy.
func patroniCut(ctx context.Context, p *play, _ int) error {
	return p.lose(ctx, func(node int) error { return ip(ctx, "link", "set", link(node), "down") },
		func(node int) error { return ip(ctx, "link", "set", link(node), "up") })
}

// patroniWaiting stops the standby that confirms commits, so that they wait, kills the primary a moment
// later, and lets the standby go on.
func patroniWaiting(ctx context.Context, p *play, _ int) error {
	c := p.cluster
	return p.lose(ctx, func(node int) error {
		standby, err := c.node(ctx, "SELECT host(client_addr) FROM pg_stat_replication WHERE sync_state = 'sync'")
		if err != nil {
			return err
		}
		c.signal(standby, syscall.SIGSTOP)
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
		c.signal(node, syscall.SIGKILL)
		c.signal(standby, syscall.SIGCONT)
		return nil
	}, c.start)
}

// close ends all processes and removes the network. The folder is removed with the stage's.
func (c *cluster) close() {
	for node := 1; node <= clusterSize; node++ {
		c.signal(node, syscall.SIGKILL)
	}
	for _, part := range c.parts {
		_ = part.Process.Kill()
	}
	c.unplug()
}

func (c *cluster) unplug() {
	for node := 1; node <= clusterSize; node++ {
		_ = exec.Command("ip", "netns", "del", namespace(node)).Run()
		_ = exec.Command("ip", "link", "del", link(node)).Run()
	}
	_ = exec.Command("ip", "link", "del", bridge).Run()
}
