#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/37-metrics.t - what Prometheus is told, and what contrib/ makes of it.
#
# promtool comes with Debian's prometheus, which is unpacked, not installed: it would start a server.
# What needs it is skipped where it cannot be had.

use strict;
use warnings;
use File::Copy qw(copy);
use IO::Socket::INET;
use JSON::PP ();
use Test::More;

use Postern::Client;
use Postern::Command qw(posternd run_command text_of);
use Postern::Config qw(quoted);
use Postern::Control qw(metrics_of metric_samples);
use Postern::Daemon;
use Postern::Packages qw(obstacle_to unpacked);
use Postern::Poll qw(poll_until);

my $obstacle     = obstacle_to('prometheus');
my $has_promtool = !$obstacle;
local $ENV{PATH} = unpacked('prometheus') . "/usr/bin:$ENV{PATH}" if $has_promtool;

# All that is ever exported needs TLS, a spool and AppleTalk, which a daemon here has.
sub daemon_with {
    my (%options) = @_;
    my $daemon = Postern::Daemon->new( listeners => [qw(lan submissions)], %options );
    my $port   = $daemon->reserve_port;
    $daemon->{metrics_url} = "http://127.0.0.1:$port/metrics";
    $daemon->set(
        'metrics.port' => $port,
        'metrics.path' => quoted( $daemon->path('metrics') ),
        'appletalk.interface' => '"lo"',
        'appletalk.port'      => $daemon->reserve_port
    );
    return $daemon;
}

sub text_from {
    my ($daemon) = @_;
    my ( $code, $text ) = metrics_of( $daemon->{metrics_url} );
    die "HTTP $code\n" if $code != 200;
    return $text;
}

sub samples_from { return metric_samples( text_from(shift) ) }

# name => type
sub types_in {
    my ($text) = @_;
    return $text =~ /^# TYPE (\S+) (\S+)$/mg;
}

sub submit {
    my ( $daemon, @recipients ) = @_;
    my $client = Postern::Client->session( $daemon, 'lan' );
    my $reply  = $client->submit( "Subject: x\r\n\r\ntext\r\n", @recipients );
    $client->must( 221, 'QUIT' );
    return $reply;
}

# Those samples that may never fall, and have.
sub fallen {
    my ( $before, $after ) = @_;
    return grep { /_total|_bucket|_sum|_count/ && ( $after->{$_} // -1 ) < $before->{$_} }
      sort keys %$before;
}

my @pages = ( 'contrib/grafana/postern.json', 'contrib/prometheus/postern-rules.yml' );

# ---- HTTP

subtest 'over HTTP' => sub {
    my $daemon = daemon_with()->start;
    my $url    = $daemon->{metrics_url};
    my ( $exit, $head ) = run_command( qw(curl -sS -D - -o /dev/null), $url );
    like( $head, qr{^HTTP/1\.1 200 OK\r$}m, 'GET /metrics' );
    like( $head, qr{^Content-Type: text/plain; version=0\.0\.4; charset=utf-8\r$}m, 'its type' );
    like( ( run_command( qw(curl -sS -I), $url ) )[1], qr{^HTTP/1\.1 200 }, 'HEAD' );
    like( ( metrics_of("$url?x=y") )[1], qr/^postern_info/m, 'a query is ignored' );
    for my $place ( '/', '/metrics/', '/metric', '/metrics/../metrics', '//metrics', '/x' ) {
        my ($code) = metrics_of( '--path-as-is', $url =~ s{/metrics$}{$place}r );
        is( $code, 404, "GET $place" );
    }
    for my $method (qw(POST PUT DELETE OPTIONS PATCH)) {
        my ($code) = metrics_of( '-X', $method, $url );
        like( $code, qr/^(?:405|501)$/, "$method is refused" );
    }
    my ($code) = metrics_of( '-X', 'GET', '-d', 'x' x 100_000, $url );
    is( $code, 413, 'so is a body' );

    my ( undef, $text ) =
      metrics_of( '--unix-socket', $daemon->path('metrics'), 'http://localhost/metrics' );
    like( $text, qr/^postern_info\{version="[\d.]+\S*"\} 1$/m, 'over a Unix-domain socket' );
    ( undef, $text ) = metrics_of( $url, $url );
    is( () = $text =~ /^postern_info/mg, 2, 'twice over one connection' );
};

subtest 'who sends no HTTP' => sub {
    my $daemon = daemon_with()->start;
    my ($port) = $daemon->{metrics_url} =~ /:(\d+)/;
    my @open   = map {
        my $socket = IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => $port ) // die;
        syswrite $socket, $_;
        $socket
    } '', "GET /met", "GET /metrics HTTP/1.1\r\nHost: x\r\nX: " . 'x' x 100_000,
        "\x16\x03\x01\x02\n",
      "EHLO x\r\n\r\n";
    like( text_from($daemon), qr/^postern_info/m, 'keeps nobody waiting' );
    my $closed = poll_until {
        ( grep { $_->blocking(0); defined sysread( $_, my $octets, 65536 ) } @open[ 2 .. 4 ] ) == 3
    };
    ok( $closed, 'what is none is answered or closed' );
    unlike( $daemon->log, qr/ worker_died /, 'nobody dies of it' );
};

# ---- The numbers

subtest 'what was done is counted' => sub {
    my $daemon = daemon_with()->start;
    my %before = samples_from($daemon);
    like( submit( $daemon, 'a@example.net', 'b@example.net' ), qr/^250 /, 'a message' );
    Postern::Client->new( $daemon, 'submissions' )->log_in( alice => 'secret' );
    eval { Postern::Client->new( $daemon, 'submissions' )->log_in( alice => 'wrong' ) };
    my %after;
    poll_until { %after = samples_from($daemon); $after{postern_sessions_ended_total} >= 1 };
    my $octets   = -s ( glob $daemon->path('spool/new/*') )[0];
    my %expected = (
        'postern_connections_total{result="served"}'       => 3,
        'postern_messages_total{result="accepted"}'        => 1,
        'postern_messages_total{result="failed"}'          => 0,
        'postern_recipients_total'                         => 2,
        'postern_logins_total{result="valid"}'             => 1,
        'postern_logins_total{result="invalid"}'           => 1,
        'postern_tls_handshakes_total{version="1.3"}'      => 2,
        'postern_replies_total{class="3xx"}'               => 1,
        'postern_commit_seconds_count'                     => 1,
        'postern_commit_seconds_bucket{le="+Inf"}'         => 1,
        'postern_verify_seconds_count'                     => 2,
        'postern_message_bytes_count'                      => 1,
        'postern_message_bytes_bucket{le="1024"}'          => 1,
    );
    is( $after{$_} - $before{$_}, $expected{$_}, $_ ) for sort keys %expected;
    cmp_ok( $after{postern_message_bytes_total}, '>',  0,       'octets of the text' );
    cmp_ok( $after{postern_message_bytes_total}, '<=', $octets, 'are no more than the file has' );
    is( $after{postern_message_bytes_sum}, $after{postern_message_bytes_total},
        'both say the same' );
    cmp_ok( $after{postern_commit_seconds_sum}, '>', 0,  'a commit takes time' );
    cmp_ok( $after{postern_commit_seconds_sum}, '<', 30, 'in seconds' );
    is( $after{'postern_listener_ready{listener="lan"}'}, 1, 'that it is open' );
    is( $after{'postern_channels_limit{listener="lan"}'} > 0, 1, 'the limit of a listener' );
    ok(
        poll_until {
            my %now = samples_from($daemon);
            $now{'postern_spool_messages{directory="new"}'} == 1
        },
        'the spool is looked at again after a while'
    );
};

subtest 'counters never fall' => sub {
    my $daemon = daemon_with();
    $daemon->{program} = $daemon->path('posternd');
    copy( posternd(), $daemon->{program} ) or die "copy: $!\n";
    chmod 0755, $daemon->{program};
    $daemon->start;
    my %steps = (
        'SIGHUP'                => sub { $daemon->reload },
        'kill -9 of the worker' => sub {
            my $client = Postern::Client->session( $daemon, 'lan' );
            $client->submit("Subject: x\r\n");
            kill KILL => $daemon->worker_of( $client->greeting );
            $daemon->wait_for_log(qr/ worker_died /);
        },
        'SIGUSR2' => sub { $daemon->signal_and_wait( USR2 => qr/ serving / ) },
    );
    my ( %last, @fallen );
    my $generation = 0;
    for my $step ( 'SIGHUP', 'kill -9 of the worker', 'SIGUSR2', 'SIGHUP' ) {
        submit($daemon);
        %last = samples_from($daemon);
        $steps{$step}->();
        for ( 1 .. 20 ) {
            my %now = samples_from($daemon);
            push @fallen, fallen( \%last, \%now );
            %last = %now;
        }
        is_deeply( \@fallen, [], $step );
        cmp_ok( $last{postern_generation}, '>=', $generation, 'nor does the generation' );
        $generation = $last{postern_generation};
    }
    submit($daemon);
    is( { samples_from($daemon) }->{'postern_messages_total{result="accepted"}'}, 6,
        'none is lost' );
    is( $generation, 4, 'four generations' );
};

# ---- The format, and the documents

my $daemon = daemon_with()->start;
submit($daemon);
my $text  = text_from($daemon);
my %types = types_in($text);

subtest 'promtool check metrics' => sub {
    plan skip_all => "promtool: $obstacle" if !$has_promtool;
    my ( $exit, $out, $error ) = run_command( { input => $text }, qw(promtool check metrics) );
    is( $exit, 0, 'it accepts them' ) or diag( $out, $error );
    is( "$out$error", '', 'and has nothing to say' );
};

subtest 'posternctl(8)' => sub {
    my ($table) = text_of('man/posternctl.8') =~ /^\.Sh METRICS\n(.*?)^\.Sh /ms;
    my %described = $table =~ /^\.It (postern_\w+) Ta (\w+) Ta \S/mg;
    is_deeply( \%described, \%types, 'has all metrics, with their types, and no other' );
    for my $name ( sort keys %types ) {
        my ($entry) = $table =~ /^\.It $name Ta \w+ Ta (.*)$/m;
        my %values;
        while ( $text =~ /^$name\{(\w+)="([^"]*)"\}/mg ) { $values{$1}{$2} = 1 }
        my ($label) = keys %values;
        next if !defined $label || $name eq 'postern_info';
        my ($documented) = $entry =~ /(?:Pq |\()(\w+(?:: [\w., ]+)?)\)?$/;
        my $exported =
          $label eq 'listener' ? $label : "$label: " . join ', ', sort keys %{ $values{$label} };
        my ( $key, $list ) = split /: /, $documented // '';
        my $sorted = defined $list ? "$key: " . join ', ', sort split /, /, $list : $key;
        is( $sorted, $exported, "$name has its labels" );
    }
};

# Every metric that a document names, without what a histogram adds.
sub metrics_named_in {
    my ($document) = @_;
    my %names = map { $_ => 1 } $document =~ /\b(postern_\w+)\b/g;
    for my $name ( keys %names ) {
        my $base = $name =~ s/_(?:bucket|sum|count)$//r;
        next if $base eq $name || ( $types{$base} // '' ) ne 'histogram';
        delete $names{$name};
        $names{$base} = 1;
    }
    return sort keys %names;
}

for my $page (@pages) {
    my @named = metrics_named_in( text_of($page) );
    cmp_ok( scalar @named, '>', 5, "$page looks at metrics" );
    is_deeply( [ grep { !$types{$_} } @named ], [], 'which all exist' );
}

# Grafana shows what Prometheus answers; every expression must be one.
sub expressions_of {
    my ($panels) = @_;
    return
      map { ( map { $_->{expr} } @{ $_->{targets} // [] } ), expressions_of( $_->{panels} // [] ) }
      @$panels;
}

subtest 'the dashboard' => sub {
    my $dashboard   = JSON::PP->new->utf8->decode( text_of( $pages[0] ) );
    my @expressions = expressions_of( $dashboard->{panels} );
    cmp_ok( scalar @expressions, '>', 10, 'has expressions' );
    my %ids;
    ++$ids{ $_->{id} } for @{ $dashboard->{panels} };
    is_deeply( [ grep { $ids{$_} > 1 } keys %ids ], [], 'no two panels have one id' );
    my @unseen = grep { text_of( $pages[0] ) !~ /\b$_(?:_bucket)?\b/ } sort keys %types;
    is_deeply( \@unseen, [], 'shows every metric' );
    my $has_titles = grep { !length( $_->{title} // '' ) } @{ $dashboard->{panels} };
    is( $has_titles, 0, 'every panel has a title' );
  SKIP: {
        skip "promtool: $obstacle", 1 if !$has_promtool;
        my $rules = "groups:\n  - name: dashboard\n    rules:\n";
        my $n     = 0;
        for my $expression (@expressions) {
            my $plain = $expression =~ s/\$__rate_interval/5m/gr =~ s/\$instance/.*/gr;
            ++$n;
            $rules .= "      - record: dashboard:$n\n        expr: '$plain'\n";
        }
        my $file = $daemon->write_file( 'dashboard.yml', $rules );
        my ( $exit, $out, $error ) = run_command( qw(promtool check rules), $file );
        is( $exit, 0, 'promtool accepts its expressions' ) or diag( $out, $error );
    }
};

subtest 'the alert rules' => sub {
    my $rules  = text_of( $pages[1] );
    my @alerts = $rules =~ /^ +- alert: (\w+)$/mg;
    cmp_ok( scalar @alerts, '>=', 8, 'there are some' );
    is( () = $rules =~ /^ +summary: /mg,  scalar @alerts, 'each says what is wrong' );
    is( () = $rules =~ /^ +severity: /mg, scalar @alerts, 'and how bad it is' );
  SKIP: {
        skip "promtool: $obstacle", 2 if !$has_promtool;
        my ( $exit, $out, $error ) = run_command( qw(promtool check rules), $pages[1] );
        is( $exit, 0, 'promtool accepts them' ) or diag( $out, $error );
        ( $exit, $out, $error ) =
          run_command( qw(promtool test rules), 'contrib/prometheus/postern-rules-test.yml' );
        is( $exit, 0, 'and they go off when they should' ) or diag( $out, $error );
    }
};

done_testing;
