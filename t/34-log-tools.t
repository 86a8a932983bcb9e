#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/34-log-tools.t - fail2ban and pflogsumm read the log, and daemons that collect logs get it.

use strict;
use warnings;
use lib 't/lib';
use Cwd qw(abs_path);
use File::Copy qw(copy);
use File::Path qw(make_path);
use IO::Socket::UNIX;
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use Socket qw(SOCK_DGRAM);
use Test::More;

use Postern::Client;
use Postern::Command qw(run_command);
use Postern::Config qw(quoted);
use Postern::Daemon;
use Postern::Poll qw(poll_until);

my $stock_filters = '/etc/fail2ban/filter.d';

my %listener = (
    name             => '"mx"',
    tls              => '"none"',
    role             => '"both"',
    auth_without_tls => 'true',
    proxy_from       => '[ "127.0.0.1" ]',
);

sub daemon_with {
    my %settings = @_;
    return Postern::Daemon->new(
        listeners => [ \%listener ],
        settings  => { 'limits.message_size' => '"1 MiB"', %settings }
    );
}

# ---- What happens: clients of all kinds, each with its address

sub client_from {
    my ( $daemon, $address ) = @_;
    my $client = Postern::Client->new( $daemon, 'mx' );
    my ( $family, $our ) = $address =~ /:/ ? ( 'TCP6', '2001:db8::1' ) : ( 'TCP4', '192.0.2.1' );
    $client->send_lines("PROXY $family $address $our 40000 25");
    $client->must(220);
    $client->must( 250, 'EHLO client.example' );
    return $client;
}

sub say {
    my ( $client, @commands ) = @_;
    $client->command($_) for @commands;
    return $client;
}

sub plain { return 'AUTH PLAIN ' . encode_base64( "\0$_[0]\0$_[1]", '' ) }

sub send_message {
    my ( $client, $text, @recipients ) = @_;
    $client->must( 250, 'MAIL FROM:<alice@example.org>' );
    $client->must( 250, "RCPT TO:<$_>" ) for @recipients;
    $client->must( 354, 'DATA' );
    return $client->must( 250, "$text\r\n." ) =~ /Queued as (\S+)/ ? $1 : '';
}

# Returns the ids of the messages.
sub play {
    my ($daemon) = @_;
    my $alice = client_from( $daemon, '198.51.100.1' );
    $alice->must( 235, plain( 'alice', 'secret' ) );
    my @ids = send_message( $alice, "Subject: 1\r\n\r\none", 'bob@example.net', 'eve@example.com' );
    push @ids, send_message( $alice, "Subject: 2\r\n\r\n" . 'x' x 500, 'bob@example.net' );
    say( $alice, 'QUIT' );

    say( client_from( $daemon, '192.0.2.66' ), map { plain( 'alice', "guess $_" ) } 1 .. 3 );
    say( client_from( $daemon, '2001:db8::66' ),
        'AUTH LOGIN', encode_base64( 'x" peer=192.0.2.250', '' ),
        encode_base64( 'guess', '' ), 'QUIT' );
    say( client_from( $daemon, '192.0.2.77' ),
        'MAIL FROM:<a@example.com>', 'RCPT TO:<b@example.net>', 'RCPT TO:<c@example.net>', 'QUIT' );
    say( client_from( $daemon, '192.0.2.88' ),
        'MAIL FROM:<a@example.com> SIZE=99999999', 'RCPT TO:<b@example.org>', 'QUIT' );
    my $hasty = client_from( $daemon, '192.0.2.55' );
    $hasty->send_lines( plain( 'alice', 'guess' ), 'NOOP' );
    $hasty->rest;
    my $vanishing = client_from( $daemon, '192.0.2.99' );
    $vanishing->{socket}->close;
    return @ids;
}

my %failed_logins = ( '192.0.2.66' => 3, '2001:db8::66' => 1 );
my %also_refused  = ( %failed_logins, '192.0.2.77' => 2, '192.0.2.55' => 1 );

# Plays it, and waits until all is in the log.
sub log_of {
    my ( $daemon, $end_of_session ) = @_;
    my @ids = play($daemon);
    poll_until { 7 == ( () = $daemon->log =~ /$end_of_session/g ) };
    return ( $daemon->log, @ids );
}

# ---- fail2ban

sub is_there {
    my ($program) = @_;
    return grep { -x "$_/$program" } split( /:/, $ENV{PATH} ), '/usr/sbin';
}

# A configuration of fail2ban with our filters beside those it comes with.
sub fail2ban_files {
    my ($daemon) = @_;
    my $dir = $daemon->path('fail2ban');
    make_path("$dir/filter.d");
    for my $filter ( glob("$stock_filters/*.conf"), glob('contrib/fail2ban/filter.d/*.conf') ) {
        copy( $filter, "$dir/filter.d/" ) or die "$filter: $!\n";
    }
    return $dir;
}

# How often each address is found: address => count.
sub found_by {
    my ( $daemon, $filter ) = @_;
    my ( $exit, $out, $error ) = run_command(
        'fail2ban-regex', '-c', fail2ban_files($daemon),
        '--usedns', 'no', '-o', 'ip', $daemon->path('log'), $filter
    );
    diag("fail2ban-regex: $error") if $exit;
    my %count;
    ++$count{$_} for grep { /^[\da-f.:]+$/ } split /\n/, $out;
    return \%count;
}

sub finds {
    my ( $daemon, $filter, $expected ) = @_;
    return is_deeply( found_by( $daemon, $filter ), $expected, "fail2ban, $filter" );
}

# Lines that a collector has got, as a syslog daemon writes them to its file.
sub as_written_by_syslog {
    my ($log) = @_;
    return join '', map { "Nov 25 08:00:00 mail $_\n" }
      map { /^\S+ (posternd\[\d+\]) \w+ (.*)$/ ? "$1: $2" : () } split /\n/, $log;
}

subtest 'fail2ban reads key=value' => sub {
    plan skip_all => 'fail2ban is not installed' if !is_there('fail2ban-regex');
    my $daemon = daemon_with()->start;
    my ($log) = log_of( $daemon, qr/ session_end / );
    my $filter = 'postern';
    finds( $daemon, "$filter\[mode=auth]",       \%failed_logins );
    finds( $daemon, $filter,                     \%also_refused );
    finds( $daemon, "$filter\[mode=aggressive]",
        { %also_refused, '192.0.2.66' => 4, '192.0.2.99' => 1 } );
    $daemon->stop;
    $daemon->write_file( 'log', as_written_by_syslog($log) );
    finds( $daemon, $filter, \%also_refused );
};

subtest 'the words of Postfix' => sub {
    my $daemon = daemon_with( 'log.format' => '"postfix"' )->start;
    my ( $log, @ids ) = log_of( $daemon, qr/: disconnect from / );
    my $client = 'unknown[198.51.100.1]';
    tr/-/_/ for @ids;
    for my $line (
        "smtpd: connect from $client",
        "smtpd: $ids[0]: client=$client, sasl_method=PLAIN, sasl_username=alice",
        "qmgr: $ids[0]: from=<alice\@example.org>, size=19, nrcpt=2 (queue active)",
        "qmgr: $ids[0]: removed",
        "smtpd: disconnect from $client ehlo=1 auth=1 mail=2 rcpt=3 data=2 quit=1 commands=10",
        'smtpd: warning: unknown[192.0.2.66]: SASL PLAIN authentication failed: '
        . 'authentication failure, sasl_username=alice',
        'smtpd: too many errors after AUTH from unknown[192.0.2.66]',
        'smtpd: disconnect from unknown[192.0.2.66] ehlo=1 auth=0/3 commands=1/4',
        'smtpd: NOQUEUE: reject: RCPT from unknown[192.0.2.77]: 550 5.7.1 <b@example.net>: Relay '
        . 'access denied; from=<a@example.com> to=<b@example.net> proto=ESMTP '
        . 'helo=<client.example>',
        'smtpd: NOQUEUE: reject: MAIL from unknown[192.0.2.88]: 552 5.3.4 <a@example.com>: Message '
        . 'is bigger than 1048576 octets; from=<a@example.com> proto=ESMTP helo=<client.example>',
        'smtpd: lost connection after EHLO from unknown[192.0.2.99]',
      )
    {
        my ( $ident, $text ) = split /: /, $line, 2;
        like( $log, qr{^\S+ \S+ postern/$ident\[\d+\]: \Q$text\E$}m, $text );
    }
    my $sent = qr/relay=spool, delay=[\d.]+, delays=[\d.\/]+, dsn=2\.0\.0, status=sent/;
    like(
        $log,
        qr{ postern/spool\[\d+\]: $ids[0]: to=<eve\@example\.com>, $sent \(committed to spool\)$}m,
        'each recipient'
    );

    subtest 'fail2ban reads them' => sub {
        plan skip_all => 'fail2ban is not installed' if !is_there('fail2ban-regex');
        my $filter = 'postern-postfix';
        finds( $daemon, "$filter\[mode=auth]", \%failed_logins );
        my %normal = ( '192.0.2.55' => 1, '192.0.2.66' => 1, '192.0.2.77' => 2 );
        finds( $daemon, $filter,                 \%normal );
        finds( $daemon, "$filter\[mode=extra]",  { %also_refused, '192.0.2.66' => 4 } );
        finds( $daemon, "$filter\[mode=errors]", { '192.0.2.66' => 1 } );
        finds( $daemon, "$filter\[mode=ddos]",
            { map { $_ => 1 } qw(192.0.2.55 192.0.2.66 192.0.2.99 2001:db8::66) } );
    };

    subtest 'pflogsumm reads them' => sub {
        plan skip_all => 'pflogsumm is not installed' if !is_there('pflogsumm');
        my ( $exit, $report, $error ) = run_command( qw(perl -S), pflogsumm(),
            '--syslog-name=postern', $daemon->path('log') );
        is( $exit, 0, 'without an error' ) or diag($error);
        my %total = reverse $report =~ /^ +(\d+) +([a-z][a-z\/ ]*?)(?: \(\d+%\))?$/mg;
        my %expected = (
            received          => 2,
            delivered         => 3,
            rejected          => 4,
            'bytes received'  => 19 + 516,
            'bytes delivered' => 19 * 2 + 516,
            senders           => 1,
            recipients        => 2,
        );
        is( $total{$_}, $expected{$_}, $_ ) for sort keys %expected;
        like( $report, qr/^ +3 +.*unknown\[192\.0\.2\.66\]: SASL PLAIN/m, 'warnings' );
    };
};

sub pflogsumm {
    my ($dir) = is_there('pflogsumm');
    return "$dir/pflogsumm";
}

# ---- JSON

subtest 'JSON' => sub {
    my $daemon = daemon_with( 'log.format' => '"json"' );
    $daemon->launch('-f');
    poll_until { $daemon->log =~ /"event":"serving"/ } or die $daemon->log;
    my ( $log, @ids ) = log_of( $daemon, qr/"session_end"/ );
    my @objects = map { eval { decode_json($_) } // fail("not JSON: $_") } split /\n/, $log;
    my @failed = grep { $_->{event} eq 'login_failed' } @objects;
    is_deeply( [ map { $_->{peer} } @failed ],
        [ ('192.0.2.66') x 3, '2001:db8::66' ], 'each event is an object' );
    is( $failed[3]{login}, 'x" peer=192.0.2.250', 'what a client sends stays in its string' );
    my ($accepted) = grep { $_->{event} eq 'message_accepted' } @objects;
    is( $accepted->{message}, $ids[0], 'with the fields of the event' );
    like( $log, qr/"recipients":2,"size":19,"delay_ms":\d+\}$/m, 'numbers are numbers' );
};

# ---- Daemons that collect logs

sub collector {
    my ($path) = @_;
    return IO::Socket::UNIX->new( Local => $path, Type => SOCK_DGRAM ) // die "$path: $!\n";
}

# The datagrams until one matches.
sub collected_until {
    my ( $socket, $pattern ) = @_;
    my @datagrams;
    $socket->blocking(0);
    poll_until {
        while ( defined $socket->recv( my $datagram, 65536 ) ) { push @datagrams, $datagram }
        grep { $_ =~ $pattern } @datagrams
    } or fail("nothing that matches $pattern");
    return @datagrams;
}

# The site belongs to root, and the worker does not run as root.
sub let_in {
    my ( $daemon, $path ) = @_;
    chmod 0711, $daemon->path('');
    chmod 0666, $path;
    return;
}

sub start_quietly {
    my ($daemon) = @_;
    $daemon->launch('-f');
    poll_until { $daemon->answers } or die "posternd does not answer\n";
    return $daemon;
}

subtest 'the journal gets fields' => sub {
    my $daemon  = daemon_with();
    my $path    = $daemon->path('journal');
    my $journal = collector($path);
    let_in( $daemon, $path );
    $daemon->set( 'log.target' => quoted("journal:$path") );
    start_quietly($daemon);
    play($daemon);
    my ($failed) = grep { /^POSTERN_EVENT=login_failed$/m }
      collected_until( $journal,
        qr/^POSTERN_EVENT=session_end\n(?:.*\n)*?POSTERN_PEER=192\.0\.2\.99\n/m );
    for my $field (
        'PRIORITY=4', 'SYSLOG_FACILITY=2', 'SYSLOG_IDENTIFIER=posternd',
        'POSTERN_PEER=192.0.2.66', 'POSTERN_LOGIN=alice',
        'POSTERN_REPLY=535 5.7.8 User name or password is wrong',
      )
    {
        like( $failed, qr/^\Q$field\E$/m, $field );
    }
    like( $failed, qr/^MESSAGE=login_failed session=\w+ peer=192\.0\.2\.66 login=alice /m,
        'and the line' );
};

# Without a sandbox a worker can connect again itself.
subtest 'a syslog daemon gets lines, also when it was started anew' => sub {
    my $daemon = daemon_with( sandbox => '"off"' );
    my $path   = $daemon->path('devlog');
    my $syslog = collector($path);
    let_in( $daemon, $path );
    $daemon->set( 'log.target' => quoted("syslog:$path") );
    start_quietly($daemon);
    client_from( $daemon, '192.0.2.7' );
    my ($line) = grep { / session_begin / } collected_until( $syslog, qr/ peer=192\.0\.2\.7 / );
    like( $line, qr/^<22>\w{3} [ \d]\d [\d:]{8} posternd\[\d+\]: session_begin session=/,
        'a line' );

    $syslog->close;
    unlink $path;
    send_message( log_in_at( $daemon, '192.0.2.8' ), "\r\nmail", 'bob@example.net' );
    pass('mail goes on without it');
    $syslog = collector($path);
    let_in( $daemon, $path );
    client_from( $daemon, '192.0.2.9' );
    my @lines = collected_until( $syslog, qr/ peer=192\.0\.2\.9 / );
    ok( ( grep { / message_accepted .*peer=192\.0\.2\.8 / } @lines ), 'what was kept comes first' );
};

sub log_in_at {
    my ( $daemon, $address ) = @_;
    my $client = client_from( $daemon, $address );
    $client->must( 235, plain( 'alice', 'secret' ) );
    return $client;
}

# Neither behind the sandbox nor as its user can a worker find the socket again: only root can make
# that difference everywhere.
subtest 'workers that cannot reach the log any more' => sub {
    plan skip_all => 'only root can start workers of another user' if $> != 0;
    my $daemon = daemon_with();
    my $path   = $daemon->path('hidden/devlog');
    make_path( $daemon->path('hidden') );
    chmod 0700, $daemon->path('hidden');
    my $syslog = collector($path);
    $daemon->set( 'log.target' => quoted("syslog:$path") );
    start_quietly($daemon);
    for my $last ( 1, 2 ) {
        client_from( $daemon, "192.0.2.1$last" );
        collected_until( $syslog, qr/ peer=192\.0\.2\.1$last / );
        $syslog->close;
        unlink $path;
        send_message( log_in_at( $daemon, "192.0.2.2$last" ), "\r\nmail", 'bob@example.net' );
        $syslog = collector($path);
        client_from( $daemon, "192.0.2.3$last" );
        my @lines = collected_until( $syslog, qr/ peer=192\.0\.2\.3$last / );
        ok( ( grep { / message_accepted .*peer=192\.0\.2\.2$last / } @lines ),
            'get what they have kept to one that is started anew' );
    }
};

subtest 'a log that nobody collects' => sub {
    my $daemon = daemon_with();
    $daemon->set( 'log.target' => quoted( 'syslog:' . $daemon->path('nobody') ) );
    start_quietly($daemon);
    ok( send_message( log_in_at( $daemon, '192.0.2.8' ), "\r\nmail", 'bob@example.net' ),
        'keeps no mail from being accepted' );
};

subtest 'a log on a full disk' => sub {
    plan skip_all => 'there is no /dev/full' if !-c '/dev/full';
    my $daemon = daemon_with( 'log.target' => '"/dev/full"' );
    start_quietly($daemon);
    ok( send_message( log_in_at( $daemon, '192.0.2.8' ), "\r\nmail", 'bob@example.net' ),
        'keeps no mail from being accepted' );
};

# ---- Dialogues

subtest 'debug_peers' => sub {
    my $daemon = daemon_with( debug_peers => '[ "192.0.2.64/28", "2001:db8::/32" ]' )->start;
    my ($log)  = log_of( $daemon, qr/ session_end / );
    my @lines  = $log =~ / dialogue session=\w+ peer=192\.0\.2\.66 (.*)$/mg;
    is( $lines[0], 'direction=out line="220 mail.example.org ESMTP Postern '
      . ( $log =~ / session_begin session=(\w+) peer=192\.0\.2\.66 / )[0] . '"', 'the greeting' );
    is( $lines[1], 'direction=in line="EHLO client.example"', 'a command' );
    ok( ( grep { $_ eq 'direction=out line=250-PIPELINING' } @lines ), 'each line of a reply' );
    is( ( () = $log =~ / direction=in line="AUTH PLAIN \[hidden\]"$/mg ), 3, 'no passwords' );
    is( ( () = $log =~ / peer=2001:db8::66 direction=in line=\[hidden\]$/mg ), 2, 'nor responses' );
    unlike( $log, qr/ dialogue session=\w+ peer=(?:198|192\.0\.2\.(?:55|88|99))/,
        'of nobody else' );
    for my $secret ( 'guess', encode_base64( 'guess', '' ), plain( 'alice', 'guess 1' ) ) {
        unlike( $log, qr/\Q$secret\E/, 'no secret' );
    }
};

subtest 'posternctl trace' => sub {
    my $daemon = daemon_with();
    $daemon->set( 'control.path' => quoted( $daemon->path('control') ) );
    $daemon->start;
    my $before = client_from( $daemon, '192.0.2.7' );
    my $ctl    = ( $ENV{POSTERN_BUILD} // 'build' ) . '/posternctl';
    my ($exit) = run_command( $ctl, '-s', $daemon->path('control'), qw(trace 192.0.2.7 60) );
    is( $exit, 0, 'is understood' );
    say( $before, 'NOOP before', 'QUIT' );
    say( client_from( $daemon, '192.0.2.7' ), 'NOOP after',     'QUIT' );
    say( client_from( $daemon, '192.0.2.8' ), 'NOOP elsewhere', 'QUIT' );
    my $log = $daemon->log;
    like( $log, qr/ dialogue session=\w+ peer=192\.0\.2\.7 direction=in line="NOOP $_"$/m, $_ )
      for qw(before after);
    unlike( $log, qr/NOOP elsewhere/, 'others are not traced' );
};

done_testing;
