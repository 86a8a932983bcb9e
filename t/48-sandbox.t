#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/48-sandbox.t - what the processes may do, as /proc shows it; and that mail flows all the same.
#
# What the sandbox refuses is tried from inside by t/unit/sandbox_sandbox_test.cpp, which t/01-unit.t
# runs as whoever we are, and this test, if that is root, as somebody else too.

use strict;
use warnings;
use lib 't/lib';
use File::Copy qw(copy);
use File::Temp;
use MIME::Base64 qw(decode_base64);
use Test::More;

use Postern::Client;
use Postern::Command qw(posternd run_command text_of);
use Postern::Config qw(quoted);
use Postern::Daemon;
use Postern::Memory qw(has_in_memory);
use Postern::Poll qw(poll_until);
use Postern::Process qw(any_running children_of);

my $is_root = $> == 0;
my $sigsys  = 31;

# CAP_CHOWN 0, DAC_OVERRIDE 1, DAC_READ_SEARCH 2, KILL 5, SETGID 6, SETUID 7, SETPCAP 8,
# NET_BIND_SERVICE 10, SYS_CHROOT 18: as posternd(8) says.
my $capabilities_of_supervisor = 0;
$capabilities_of_supervisor |= 1 << $_ for 0, 1, 2, 5, 6, 7, 8, 10, 18;

sub new_daemon {
    my (%settings) = @_;
    my $daemon =
      Postern::Daemon->new( settings => { 'log.level' => '"debug"', %settings } );
    $daemon->set( 'control.path' => quoted( $daemon->path('control') ) );
    return $daemon;
}

# name => value
sub status_of {
    my ($pid) = @_;
    return text_of("/proc/$pid/status") =~ /^(\w+):\t(.*)$/mg;
}

# The bounding set, in which root leaves nothing, is for others as it was.
sub is_confined {
    my ( $pid, $what, @more ) = @_;
    my %status = status_of($pid);
    is( "$status{NoNewPrivs} $status{Seccomp}", '1 2', "$what: no new privileges, seccomp" );
    my @held = grep { $status{$_} =~ /[^0]/ } qw(CapInh CapPrm CapEff CapAmb), @more;
    is( "@held", '', "$what has no capabilities" );
    like( text_of("/proc/$pid/limits"), qr/^Max core file size\s+0\s+0\s/m, "$what: no core dump" );
    return;
}

# The processes of a kind, as they say it in the log.
sub processes {
    my ( $daemon, $role ) = @_;
    my %said = map { $_ => 1 } $daemon->log =~ /posternd\[(\d+)\] \w+ sandbox role=$role /g;
    return grep { $said{$_} } children_of( $daemon->pid );
}

sub accepts_mail {
    my ($daemon) = @_;
    my $client = Postern::Client->new( $daemon, 'submission' );
    $client->log_in( alice => 'secret' );
    return $client->submit("Subject: x\r\n\r\nx\r\n") =~ /^250 /;
}

# Everything that can be asked of a server that runs, with somebody who sends mail between.
sub serves_through_its_life {
    my ($daemon) = @_;
    ok( accepts_mail($daemon), 'mail is accepted' );
    ok( $daemon->reload,       'SIGHUP' );
    ok( accepts_mail($daemon), 'mail is accepted' );
    like( $daemon->signal_and_wait( USR2 => qr/ (?:serving|upgrade_failed) / ),
        qr/ serving /, 'SIGUSR2' );
    ok( accepts_mail($daemon), 'mail is accepted' );
    my @workers = children_of( $daemon->pid );
    $daemon->signal_and_wait( TERM => qr/ stopping / );
    is( $daemon->wait_for_end, 0, 'SIGTERM' );
    ok( poll_until { !any_running(@workers) }, 'nobody is left' );
    unlike( $daemon->log, qr/ (?:worker_died|helper_died|error|alert) /, 'nobody died of it' );
    return;
}

my $daemon = new_daemon()->start;
plan skip_all => 'this build has no sandbox: it is instrumented'
  if $daemon->log =~ / sandbox_partial .*instrumented/;

subtest 'started by root: who may what' => sub {
    plan skip_all => 'only root can start it' if !$is_root;
    my ( undef, undef, $uid, $gid ) = getpwnam 'nobody';
    my %status = status_of( $daemon->pid );
    for my $set (qw(CapPrm CapEff CapBnd)) {
        is( hex $status{$set}, $capabilities_of_supervisor, "the supervisor's $set" );
    }
    my @workers = processes( $daemon, 'worker' );
    my @helpers = processes( $daemon, 'helper' );
    my @controllers = processes( $daemon, 'controller' );
    is( "@{[ scalar @workers, scalar @helpers, scalar @controllers ]}", '1 2 1', 'all are there' );
    my %role = (
        ( map { $_ => 'worker' } @workers ),
        ( map { $_ => 'helper' } @helpers ),
        ( map { $_ => 'controller' } @controllers )
    );
    for my $pid ( sort keys %role ) {
        my $what = $role{$pid};
        is_confined( $pid, $what, 'CapBnd' );
        %status = status_of($pid);
        is( $status{Uid},                join( "\t", ($uid) x 4 ), "$what: user" );
        is( $status{Gid},                join( "\t", ($gid) x 4 ), "$what: group" );
        is( $status{Groups} =~ s/ +$//r, $gid,                     "$what: no other groups" );
        my $root = readlink "/proc/$pid/root";
        is( readlink "/proc/$pid/cwd", $root, "$what: works in its root" );
        if ( $what eq 'helper' ) { like( $root, qr/ \(deleted\)$/, "$what: sees nothing" ) }
        else                     { is( $root, $daemon->path('spool'), "$what: sees the spool" ) }
    }
};

subtest 'what is in force is logged' => sub {
    my $chroot = $is_root ? 'chroot ' : '';
    for my $role (qw(worker helper controller)) {
        like( $daemon->wait_for_log(qr/ sandbox role=$role /),
            qr/ debug sandbox role=$role in_force="?$chroot(?:landlock )?seccomp"?$/, $role );
    }
};

subtest 'secrets are where they are needed, and nowhere else' => sub {
    plan skip_all => 'only root can look' if !$is_root;
    accepts_mail($daemon) or die "no mail\n";
    my @first = children_of( $daemon->pid );
    $daemon->reload or die "no reload\n";    # what the first generation held is free memory
    poll_until { !any_running(@first) } or die "the first generation does not end\n";

    my ($hash) = text_of( $daemon->path('users') ) =~ /^alice:(.*)$/m;
    my ($base64) = text_of( $daemon->path('cert-key.pem') ) =~ /-----BEGIN.*?-----\n(.*?)-----/s;

    # Of ECPrivateKey: version 1, then the number itself; in memory its least octet comes first.
    my ($key) = decode_base64($base64) =~ /\x02\x01\x01\x04\x20(.{32})/s;
    my %shapes = ( 'as a number' => scalar reverse($key), encoded => $key, 'as PEM' =>
          substr( $base64, 10, 40 ) );

    my @workers = processes( $daemon, 'worker' );
    my @helpers = processes( $daemon, 'helper' );
    my ($controller) = processes( $daemon, 'controller' );
    ok( !has_in_memory( $controller, substr $hash, -40 ), 'the controller has no hash' );
    ok( !has_in_memory( $controller, $shapes{$_} ), "and no key, $_" ) for sort keys %shapes;
    for my $worker (@workers) {
        ok( has_in_memory( $worker, $shapes{'as a number'} ), 'a worker has the key' );
        ok( !has_in_memory( $worker, substr $hash, -40 ), 'but no hash' );
    }
    for my $helper (@helpers) {
        ok( has_in_memory( $helper, substr $hash, -40 ), 'a helper has the hashes' );
        ok( !has_in_memory( $helper, $shapes{$_} ), "but no key, $_" ) for sort keys %shapes;
    }
};

# Of posternctl.
sub control {
    my ( $daemon, @command ) = @_;
    my $program = ( $ENV{POSTERN_BUILD} // 'build' ) . '/posternctl';
    my ( $exit, $out, $errors ) = run_command( $program, '-s', $daemon->path('control'), @command );
    return $exit == 0 ? $out : "exit $exit: $errors";
}

subtest 'the controller does what it is for' => sub {
    my $watched = new_daemon();
    my $port    = $watched->reserve_port;
    $watched->set( 'metrics.port' => $port, 'metrics.path' => quoted( $watched->path('metrics') ) );
    $watched->start;
    accepts_mail($watched) or die "no mail\n";
    like( control( $watched, 'status' ), qr/^messages +1 accepted /m, 'status' );
    my ($id) = control( $watched, qw(spool list) ) =~ /^(\S+-1) /m;
    like( control( $watched, qw(spool show), $id ), qr/^Subject: x$/m, 'a message is shown' );
    my ($file) = glob $watched->path("spool/new/*$id*");
    rename $file, $file =~ s{/new/}{/cur/}r or die "rename: $!\n";
    is( control( $watched, qw(spool release), $id ), "released\n", 'released' );
    is( control( $watched, qw(spool remove),  $id ), "removed\n",  'removed' );
    my @on_path = ( '--unix-socket', $watched->path('metrics'), 'http://localhost/metrics' );
    for my $where ( [@on_path], ["http://127.0.0.1:$port/metrics"] ) {
        my ( $exit, $page ) = run_command( qw(curl -s), @$where );
        like( $page, qr/^postern_\w+/m, "metrics, @$where" );
    }
    like( control( $watched, 'reload' ), qr/in force/, 'reload' );
    unlike( $watched->log, qr/ (?:worker_died|error|alert) /, 'nobody died of it' );
};

subtest 'started by root: mail flows' => sub {
    plan skip_all => 'only root can start it' if !$is_root;
    my $in_file = new_daemon();
    $in_file->set( 'log.target' => quoted( $in_file->path('postern.log') ) );
    $in_file->start;
    serves_through_its_life($in_file);
};

# Of a program that is run as nobody, whoever we are.
sub as_nobody {
    my (@command) = @_;
    return @command if !$is_root;
    return ( qw(setpriv --reuid nobody --regid nogroup --clear-groups), @command );
}

# A directory in which nobody finds this program.
sub place_for_nobody {
    my ($program) = @_;
    my $place = File::Temp->newdir( 'postern-XXXXXX', TMPDIR => 1 );
    copy( $program, "$place/program" ) or die "copy: $!\n";
    chmod 0755, $place, "$place/program";
    return $place;
}

subtest 'started by somebody else: what can be done is done' => sub {
    my $place = place_for_nobody( posternd() );
    my $other = new_daemon();
    my $command = join ' ', as_nobody("$place/program");
    $other->{program} = $other->write_file( 'start', "#!/bin/sh\nexec $command \"\$@\"\n" );
    chmod 0755, $other->{program};
    if ($is_root) {
        my ( undef, undef, $uid, $gid ) = getpwnam 'nobody';
        chown $uid, $gid, $other->{dir}, map { $other->path($_) } qw(cert.pem cert-key.pem users);
    }
    $other->start;
    for my $role (qw(worker helper)) {
        $other->wait_for_log(qr/ debug sandbox role=$role in_force="?(?:landlock )?seccomp\b/);
    }
    my @lacks = $other->log =~ /( warning sandbox_partial .*)/g;
    is( @lacks, 1, 'what cannot be is said once' );
    like( $lacks[0], qr/ role=worker lacks="chroot \(takes CAP_SYS_CHROOT\)/, 'and why' );
    is_confined( $_, 'worker' ) for processes( $other, 'worker' );
    is_confined( $_, 'helper' ) for processes( $other, 'helper' );
    is_confined( $_, 'controller' ) for processes( $other, 'controller' );
    serves_through_its_life($other);
};

# As the unit for systemd does it.
subtest 'started by somebody else with capabilities: those are used' => sub {
    plan skip_all => 'only root can give them' if !$is_root;
    my $place   = place_for_nobody( posternd() );
    my $sets    = '-all,+net_bind_service,+dac_read_search,+sys_chroot';
    my $command = join ' ', as_nobody(
        '--no-new-privs',
        "--bounding-set=$sets", "--inh-caps=$sets", "--ambient-caps=$sets", "$place/program"
    );
    my $other = new_daemon();
    $other->{program} = $other->write_file( 'start', "#!/bin/sh\nexec $command \"\$@\"\n" );
    chmod 0755, $other->{program};
    my ( undef, undef, $uid, $gid ) = getpwnam 'nobody';
    chown $uid, $gid, $other->{dir};
    chmod 0600, map { $other->path($_) } qw(cert-key.pem users);    # root's
    $other->start;
    unlike( $other->log, qr/ sandbox_partial /, 'everything is in force' );

    for my $role (qw(worker helper controller)) {
        my @processes = processes( $other, $role );
        is_confined( $_, $role ) for @processes;
        isnt( readlink "/proc/$_/root", '/', "$role: has a root of its own" ) for @processes;
    }
    serves_through_its_life($other);
};

subtest 'from inside, as somebody else' => sub {
    plan skip_all => 't/01-unit.t has done that' if !$is_root;
    my $place = place_for_nobody( ( $ENV{POSTERN_BUILD} // 'build' ) . '/t/unit' );
    my ( $exit, $out, $errors ) =
      run_command( as_nobody( "$place/program", '-v', '-sg', 'Sandbox' ) );
    is( $exit, 0, 'the same is refused' ) or diag( $out, $errors );
    like( $out, qr/^OK \(\d+ tests, [1-9]\d* ran/m, 'it was tried' );
};

subtest 'off' => sub {
    my $open = new_daemon( sandbox => '"off"' )->start;
    like( $open->log, qr/ warning sandbox_off$/m, 'it is warned of' );
    for my $pid ( children_of( $open->pid ) ) {
        my %status = status_of($pid);
        is( $status{Seccomp}, 0, 'no seccomp' );
        is( readlink "/proc/$pid/root", '/', 'no chroot' ) if $is_root;
    }
    serves_through_its_life($open);
};

# What earlier rounds have left there is mail.
subtest 'nobody who serves can read the journal' => sub {
    plan skip_all => 'only root can see what they have open' if $> != 0;
    my $other = new_daemon( 'spool.engine' => '"journal"' )->start;
    my %modes;
    for my $role (qw(worker flusher)) {
        for my $pid ( processes( $other, $role ) ) {
            my @fds = grep { ( readlink // '' ) =~ m{/journal(?:/|$)} } glob "/proc/$pid/fd/*";
            for my $fd (@fds) {
                my ($flags) = text_of( $fd =~ s{/fd/}{/fdinfo/}r ) =~ /^flags:\s+(\d+)$/m;
                $modes{$role} .= ( oct($flags) & 3 ) . ' ';
            }
        }
    }
    my $write_only = 1;
    ok( accepts_mail($other), 'mail is accepted' );
    is_deeply( [ sort keys %modes ], [qw(flusher worker)], 'they have it open' );
    unlike( $modes{$_}, qr/[^$write_only ]/, "$_: for writing only" ) for keys %modes;
    is( $other->stop, 0, 'exit status' );
};

subtest 'a single process' => sub {
    my $single = new_daemon()->start('-x');
    ok( accepts_mail($single), 'mail is accepted' );
    is_confined( $single->pid, 'the process' );
    $single->signal('TERM');
    is( $single->wait_for_end, 0, 'SIGTERM' );
};

subtest 'a worker that does what it may not is replaced' => sub {
    my ($worker) = processes( $daemon, 'worker' );
    my $mark = $daemon->mark;
    kill SYS => $worker or plan skip_all => 'cannot';
    like(
        $daemon->wait_for_log( qr/ worker_died /, $mark ),
        qr{ alert worker_died pid=$worker role=worker status="signal $sigsys"},
        'it is told'
    );
    ok( poll_until { processes( $daemon, 'worker' ) }, 'there is another' );
};

# The zone of the system must hold where its file cannot be seen.  Without TLS, since a supervisor
# that has looked at the dates of certificates happens to know the zone already.
subtest 'local time' => sub {
    my $zone = Postern::Daemon->new(
        listeners => ['lan'],
        settings  => { map { $_ => '""' } qw(tls.certificate tls.key auth.users) }
    );
    my $rule = $zone->write_file( 'zone', "Zone East 5:45 - EAST\n" );
    my ($exit) = run_command( 'zic', '-d', $zone->path('zones'), $rule );
    plan skip_all => 'no zic' if $exit;
    my $hide = 'mount --bind ' . $zone->path('zones/East') . ' /etc/localtime';
    plan skip_all => 'cannot mount' if run_command( qw(unshare -m sh -c), $hide );
    my $command = "unset TZ; $hide && exec " . posternd() . ' "$@"';
    $zone->{program} =
      $zone->write_file( 'start', "#!/bin/sh\nexec unshare -m sh -c '$command' sh \"\$@\"\n" );
    chmod 0755, $zone->{program};
    $zone->start;
    my $client = Postern::Client->session( $zone, 'lan' );
    like( $client->submit("Subject: x\r\n\r\nx\r\n"), qr/^250 /, 'mail is accepted' );
    like( $zone->wait_for_log(qr/ message_accepted /), qr/^\S+\+05:45 /, 'in the log' );
    my ($message) = glob $zone->path('spool/new/*');
    like( text_of($message), qr/^Received: (?:.*\n\t)+.* \+0545$/m, 'in Received' );
    like( text_of($message), qr/^Date: .* \+0545$/m,              'in Date' );
};

done_testing;
