#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/53-appletalk.t - mail programs on AppleTalk submit, and fetch their mail, through postern-adsp.
#
# The network is multicast on lo in a namespace of the test's own; the client was written from the
# protocol's description (Postern::AppleTalk).

use strict;
use warnings;
use lib 't/lib';
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use Postern::AppleTalk;
use Postern::Command qw(posternd run_command text_of);
use Postern::Config qw(quoted);
use Postern::Control qw(with_control ctl ctl_json metrics_of metric_samples posternctl);
use Postern::Daemon;
use Postern::Network;
use Postern::Poll qw(poll_until);
use Postern::Process qw(any_running is_running descendants_of);

my $network = Postern::Network->enter;
$network->ip(qw(route add 224.0.0.0/4 dev lo));

my @types = ( 'SMTPServer', 'CE SMTP' );

# A daemon whose only listener is for AppleTalk, not started.  names: further ones.
sub daemon_with {
    my ( $listener, @names ) = @_;
    my $daemon = Postern::Daemon->new(
        listeners => [
            { name => '"macs"', on_path => 1, tls => '"none"', auth => '"appletalk"', %$listener }
        ]
    );
    my $smtp = sprintf '{ object = "Postern"; types = [ %s ]; to = "macs"; channels = 8; }',
      join ', ', map { quoted($_) } @types;
    $daemon->set(
        'appletalk.interface' => '"lo"',
        'appletalk.names'     => '( ' . join( ', ', $smtp, @names ) . ' )'
    );
    chmod 0711, $daemon->path(".");    # the gateway is another user
    return with_control($daemon);
}

# Whether the daemon's names are on the network.
sub is_registered {
    my ($daemon) = @_;
    return poll_until { $daemon->log =~ / appletalk_name name="Postern:\Q$types[-1]\E\@\*"/ } 20;
}

# An ADSP stream to the service, past its greeting and HELO.
sub session_with {
    my ( $station, $type ) = @_;
    my $found  = $station->lookup( 'Postern', $type // $types[0] ) or die "no such name\n";
    my $stream = $station->open( $found->{address} ) or die "no connection\n";
    expect( $stream, 220 );
    expect( $stream, 250, 'HELO mac' );
    return $stream;
}

sub expect {
    my ( $stream, $code, $line ) = @_;
    $stream->put("$line\r\n") if defined $line;
    my $reply = $stream->reply // 'nothing';
    die "$reply instead of $code\n" if $reply !~ /^$code/;
    return $reply;
}

# Returns the reply to the end of a message with this text.
sub send_message {
    my ( $stream, $text ) = @_;
    expect( $stream, 250, 'MAIL FROM:<user@mac.example>' );
    expect( $stream, 250, 'RCPT TO:<friend@example.com>' );
    expect( $stream, 354, 'DATA' );
    $stream->put("$text.\r\n");
    return $stream->reply(240) // 'nothing';
}

subtest 'a message, with TCP off' => sub {
    my $daemon = daemon_with( {} )->start;
    ok( is_registered($daemon), 'the names are registered' );
    my ( $exit, $tcp ) = run_command(qw(ss -Hltn));
    is( "$exit$tcp", '0', 'nothing listens on TCP' );
    my $station = Postern::AppleTalk->new;
    my $stream  = session_with($station);
    like( send_message( $stream, "Subject: from a Mac\r\n\r\nHello.\r\n" ),
        qr/^250 2\.0\.0 /, 'it is accepted' );
    expect( $stream, 221, 'QUIT' );
    my ($message) = $daemon->spool->messages(1);
    my $text = $message->{content};
    like( $text, qr/^Postern-Envelope:.* peer=appletalk:0\.\d+\.\d+;/m, 'its envelope says from whom' );
    like( $text, qr/^Received: from mac \(appletalk:0\.\d+\.\d+\)$/m,  'and Received does' );
    my $node = $station->node;
    $daemon->wait_for_log(qr/ message_accepted .* peer=appletalk:0\.$node\.\d+ /);
    pass('and the log does');
    $daemon->wait_for_log(qr/ appletalk_end peer=appletalk:0\.$node\.\d+ to=macs .*reason="?closed/);

    ok( $station->lookup( 'Postern', $types[1] ), 'it is found under its other type' );
    $station->lookup_all( 'Postern', 'Unheard' );
    $daemon->wait_for_log(qr/ appletalk_lookup name="?Postern:Unheard\@\*"? net=0 node=$node/);
    $station->lookup_all( 'Postern', 'Unheard' );
    is( ( () = $daemon->log =~ / appletalk_lookup /g ), 1, 'what is not there is logged once' );
};

subtest 'who may send what' => sub {
    my $daemon = daemon_with( { auth => '"clients"', proxy_from => '[ "unix" ]', mode => '"0666"' } );
    $daemon->set( clients => '[ "0.0.0.0/0", "::/0" ]' );
    $daemon->start;
    $daemon->set( debug_peers => '[ "appletalk" ]' );
    ok( $daemon->reload, 'and whose dialogues are logged' );
    is_registered($daemon);
    my $stream = session_with( Postern::AppleTalk->new );
    like( expect( $stream, 530, 'MAIL FROM:<user@mac.example>' ),
        qr/^530 5\.7\.0/, 'no rule about addresses matches a Mac' );
    $daemon->wait_for_log(qr/ dialogue .*MAIL FROM:<user\@mac\.example>/);
};

subtest 'a reload in the middle of a message' => sub {
    my $daemon = daemon_with( {} )->start;
    is_registered($daemon);
    my $stream = session_with( Postern::AppleTalk->new );
    expect( $stream, 250, 'MAIL FROM:<user@mac.example>' );
    expect( $stream, 250, 'RCPT TO:<friend@example.com>' );
    expect( $stream, 354, 'DATA' );
    $stream->put("Subject: long\r\n\r\nThe first half.\r\n");
    $stream->flush;
    ok( $daemon->reload, 'SIGHUP' );
    $daemon->signal_and_wait( USR2 => qr/ serving / );
    $stream->put("The second half.\r\n.\r\n");
    like( $stream->reply // '', qr/^250 /, 'the message is accepted' );
    like( ( $daemon->spool->messages(1) )[0]{content},
        qr/first half.*second half/s, 'and is whole' );
    is( ( () = $daemon->log =~ / appletalk_open /g ), 1, 'by one connection' );
};

subtest 'eight at once, with a tenth of all packets lost' => sub {
    my $daemon = daemon_with( {} )->start;
    is_registered($daemon);
    my $station = Postern::AppleTalk->new( loss => 0.1 );
    my $found   = $station->lookup( 'Postern', $types[0] );
    my @streams = map { $station->open( $found->{address} ) // die "no connection\n" } 1 .. 8;
    my $ninth   = $station->open( $found->{address} );
    is( $ninth, undef, 'the ninth finds no channel' );
    my $text = "Subject: test\r\n\r\n" . ( 'x' x 60 . "\r\n" ) x 100;
    $_->put( join '',
        map { "$_\r\n" } 'HELO mac', 'MAIL FROM:<a@mac.example>', 'RCPT TO:<b@example.com>', 'DATA' )
      for @streams;
    for my $stream (@streams) {
        expect( $stream, $_ ) for 220, 250, 250, 250, 354;
        $stream->put("$text.\r\n");
    }
    is( scalar( grep { ( $_->reply(120) // '' ) =~ /^250 / } @streams ), 8, 'all are accepted' );
    is( scalar( $daemon->spool->messages(8) ), 8, 'and in the spool' );
    my $status = ctl_json( $daemon, 'status' )->{appletalk};
    is( $status->{connections_opened}, 8, 'the status counts them' );
    cmp_ok( $status->{connections_denied}, '>', 0, 'and the one that was denied' );
    is( $status->{services}[0]{channels}, 8, 'and the channels in use' );
};

subtest 'a megabyte, with a tenth of all packets lost' => sub {
    my $daemon = daemon_with( {} )->start;
    is_registered($daemon);
    my $stream = session_with( Postern::AppleTalk->new( loss => 0.1 ) );
    my $body   = join '', map { sprintf "line %06d of a long message, %s\r\n", $_, 'x' x 40 } 1 .. 15_000;
    like( send_message( $stream, "Subject: long\r\n\r\n$body" ), qr/^250 /, 'it is accepted' );
    my $kept = ( $daemon->spool->messages(1) )[0]{content} =~ s/.*?\n\n//sr;
    ok( $kept eq $body =~ s/\r//gr, 'octet for octet' );
};

subtest 'peers that vanish, and others that are rude' => sub {
    my $daemon = daemon_with( {} )->start;
    is_registered($daemon);
    my $station = Postern::AppleTalk->new;
    my $stream  = session_with($station);
    expect( $stream, 250, 'MAIL FROM:<user@mac.example>' );
    expect( $stream, 250, 'RCPT TO:<friend@example.com>' );
    expect( $stream, 354, 'DATA' );
    $stream->put("Subject: half\r\n\r\nHalf of a message.\r\n");
    $stream->flush;
    $stream->close;
    $daemon->wait_for_log(qr/ session_end .* after=DATA /);
    is( scalar $daemon->spool->messages, 0, 'what is closed in DATA is no message' );
    my $rude = Postern::AppleTalk->new;
    for my $length ( 0 .. 40, 580 .. 620 ) {
        $rude->send_octets( join '', map { chr int rand 256 } 1 .. $length );
    }
    ok( $station->lookup( 'Postern', $types[0] ), 'nonsense does not disturb it' );
    is( $daemon->has_ended ? 1 : 0, 0, 'the server is there' );
    unlike( $daemon->log, qr/ worker_died /, 'and no process has died' );
};

subtest 'a gateway that is killed' => sub {
    my $daemon = daemon_with( {} )->start;
    is_registered($daemon);
    my ($gateway) = grep { text_of("/proc/$_/net/udp") && open_udp($_) } descendants_of( $daemon->pid );
    ok( $gateway, 'there is one' );
    my %is = text_of("/proc/$gateway/status") =~ /^(\w+):\s+(.*)$/mg;
    like( $is{Uid}, qr/^(\d+)\t\1\t\1\t\1$/, 'which has one user' );
    isnt( ( split ' ', $is{Uid} )[0], 0, 'and is not root' );
    is( $is{CapEff} =~ tr/0//cdr, '0' x 16, 'has no capabilities' );
  SKIP: {
        skip 'sanitizers have no sandbox', 2 if ( $ENV{POSTERN_BUILD} // '' ) =~ /asan/;
        is( $is{Seccomp},    2, 'makes only the system calls that it needs' );
        is( $is{NoNewPrivs}, 1, 'and gets no new rights' );
    }
    my $mark = $daemon->mark;
    kill KILL => $gateway;
    $daemon->wait_for_log( qr/ worker_died pid=$gateway role=gateway/, $mark );
    $daemon->wait_for_log( qr/ appletalk_name name="?Postern:/,       $mark );
    pass('another one takes its place');
    my $station = Postern::AppleTalk->new;
    like( send_message( session_with($station), "Subject: x\r\n\r\nx\r\n" ), qr/^250 /, 'and serves' );
};

# Whether the process has a UDP socket.
sub open_udp {
    my ($pid) = @_;
    my %udp = map { ( split ' ' )[9] => 1 } split /^/, text_of("/proc/$pid/net/udp");
    return scalar grep { defined && /^socket:\[(\d+)\]$/ && $udp{$1} } map { readlink } glob "/proc/$pid/fd/*";
}

subtest 'settings that change' => sub {
    my $daemon = daemon_with( {} )->start;
    is_registered($daemon);
    my $stream = session_with( Postern::AppleTalk->new );
    my $mark   = $daemon->mark;
    $daemon->set( 'appletalk.names' => '( { object = "Other"; types = [ "SMTPServer" ]; to = "macs"; } )' );
    ok( $daemon->reload, 'SIGHUP' );
    $daemon->wait_for_log( qr/ appletalk_name name="?Other:SMTPServer/, $mark );
    like( send_message( $stream, "Subject: x\r\n\r\nx\r\n" ),
        qr/^250 /, 'who was connected stays, and sends' );
    my $station = Postern::AppleTalk->new;
    ok( $station->lookup( 'Other', 'SMTPServer' ), 'the new name is there' );
    is_deeply( [ $station->lookup_all( 'Postern', '=' ) ], [], 'the old one is not' );
    $mark = $daemon->mark;
    $daemon->set( 'appletalk.interface' => '""', 'appletalk.names' => undef );
    ok( $daemon->reload, 'without AppleTalk' );
    $daemon->wait_for_log( qr/ worker_ended pid=\d+ role=gateway/, $mark );
    is_deeply( [ $station->lookup_all( '=', '=' ) ], [], 'nothing is there any more' );
};

subtest 'servers that are not there, or do nothing' => sub {
    my $hanging = IO::Socket::INET->new( LocalAddr => '127.0.0.1', Listen => 5 ) or die "listen: $!\n";
    my $port    = $hanging->sockport;
    my $daemon  = daemon_with(
        {},
        '{ object = "Nobody"; types = [ "T" ]; to = "127.0.0.1:9"; }',
        qq({ object = "Hanging"; types = [ "T" ]; to = "127.0.0.1:$port"; })
    );
    my $adsp = posternctl() =~ s/posternctl$/postern-adsp/r;
    my $pid  = fork() // die "fork: $!\n";
    if ( $pid == 0 ) {
        open STDERR, '>', $daemon->path('adsp.log');
        exec $adsp, '-c', $daemon->config or POSIX::_exit(127);
    }
    my $log = sub { text_of( $daemon->path('adsp.log') ) };
    my $is_up = poll_until { $log->() =~ / appletalk_name name="?Hanging:T\@\*/ } 20;
    ok( $is_up, 'postern-adsp alone serves' );
    my $station = Postern::AppleTalk->new;
    my $nobody  = $station->open( ( $station->lookup( 'Nobody', 'T' ) )->{address} );
    my $is_told = poll_until {
        $station->wait_for( 0.1, sub { 0 } );
        $log->() =~ / appletalk_end .*reason="no connection to the server"/;
    };
    ok( $is_told, 'a server that is not there is called so' );
    my $stream = $station->open( ( $station->lookup( 'Hanging', 'T' ) )->{address} );
    $stream->put( 'x' x 200_000 );
    $station->wait_for( 2, sub { 0 } );
    kill $_ => $pid for qw(HUP USR1 USR2);
    sleep 0.5;
    is( is_running($pid) ? 1 : 0, 1, 'signals that mean nothing end nothing' );
    kill TERM => $pid;
    sleep 1;
    is( is_running($pid) ? 1 : 0, 1, 'SIGTERM lets those who are connected go on' );
    is( scalar( my @found = $station->lookup_all( 'Hanging', 'T' ) ), 0, 'and nobody new in' );
    kill TERM => $pid;
    my $has_ended = poll_until { waitpid( $pid, POSIX::WNOHANG() ) == $pid } 10;
    ok( $has_ended, 'a second one cuts them off' );
    like( $log->(), qr/ appletalk_end .*reason="cut off"/, 'and says so' );
};

subtest 'a server that stops while Macs are connected' => sub {
    my $daemon = daemon_with( {} );
    $daemon->set( drain_time => '"1 s"' );
    $daemon->start;
    is_registered($daemon);
    my $stream   = session_with( Postern::AppleTalk->new );
    my @children = descendants_of( $daemon->pid );
    $daemon->signal('TERM');
    like( $stream->reply // '', qr/^421 4\.3\.2 /, 'the Mac is told' );
    my $has_ended = poll_until { $daemon->has_ended } 20;
    ok( $has_ended, 'the server ends' );
    ok( poll_until { !any_running(@children) }, 'and nothing is left' );
};

subtest 'an interface that goes away' => sub {
    my $daemon = daemon_with( {} );
    $network->ip(qw(link add mac0 type veth peer name mac1));
    $network->ip( 'addr', 'add', '192.0.2.1/24', 'dev', 'mac0' );
    $network->ip( qw(link set), $_, 'up' ) for qw(mac0 mac1);
    $daemon->set( 'appletalk.interface' => '"mac0"' );
    $daemon->start;
    is_registered($daemon);
    $network->ip(qw(link del mac0));
    my $is_gone = poll_until { 0 == @{ ctl_json( $daemon, 'status' )->{appletalk}{names} } };
    ok( $is_gone, 'the status has no names any more' );
    my $mark = $daemon->mark;
    $network->ip(qw(link add mac0 type veth peer name mac1));
    $network->ip( 'addr', 'add', '192.0.2.1/24', 'dev', 'mac0' );
    $network->ip( qw(link set), $_, 'up' ) for qw(mac0 mac1);
    $daemon->wait_for_log( qr/ appletalk_name name="?Postern:SMTPServer/, $mark );
    pass('and when it is back the names are');
};

subtest 'a listener that goes while the gateway is replaced' => sub {
    my $daemon = daemon_with( {} );
    $daemon->add_listener('mx');
    $daemon->start;
    is_registered($daemon);
    my $port = $daemon->place_of('mx');
    ok( IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => $port ), 'it is there' );
    my $mark = $daemon->mark;
    $daemon->remove_listener('mx');
    $daemon->set( 'appletalk.zone' => '"Office"' );
    is( ( ctl( $daemon, 'reload' ) )[0], 0, 'a reload' );
    $daemon->wait_for_log( qr/ appletalk_name name="?Postern:/, $mark );
    is( IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => $port ),
        undef, 'then it is not: the new gateway has not kept it' );
};

subtest 'a name that another station has' => sub {
    my $first = daemon_with( {} )->start;
    is_registered($first);
    my $second = daemon_with( {} )->start;
    like( $second->wait_for_log(qr/ appletalk_name_taken /),
        qr/name="?Postern:\S+ by=appletalk:0\.\d+\.\d+/, 'the second one says who has it' );
    my ($state) = map { $_->{state} } @{ ctl_json( $second, 'status' )->{appletalk}{names} };
    poll_until {
        ($state) = map { $_->{state} } @{ ctl_json( $second, 'status' )->{appletalk}{names} };
        $state eq 'taken'
    };
    is( $state, 'taken', 'so does its status' );
};

subtest 'postern-adsp alone, and posternctl' => sub {
    my $daemon = daemon_with( {} );
    my ( $exit, $out, $errors ) =
      run_command( posternctl(), '-c', $daemon->config, qw(appletalk lookup) );
    is( "$exit $out$errors", '0 ', 'nothing is there' );
    $daemon->start;
    is_registered($daemon);
    ( $exit, $out ) = run_command( posternctl(), '-c', $daemon->config, qw(appletalk lookup =:=@*) );
    like( $out, qr/^0\.\d+\.\d+\tPostern:\Q$_\E\@\*$/m, "$_ is listed" ) for @types;
    my ( undef, $status ) = ctl( $daemon, 'status' );
    like( $status, qr/^appletalk net 0, node \d+, no router, zone \*; 0 connected/m, 'the status' );
    like( $status, qr/^Postern:SMTPServer\@\* +registered$/m, 'has the names' );
    ( $exit, undef, $errors ) = run_command( posternctl(), qw(appletalk) );
    is( $exit, 64, 'lookup is all there is' );
};

# A Dovecot that knows one user and speaks POP3 on this port of 127.0.0.1; to be stopped by its id.
sub start_dovecot {
    my ( $site, $port ) = @_;
    my $dir = $site->path('dovecot');
    mkdir $dir;
    mkdir "$dir/mail";
    mkdir "$dir/mail/$_" for qw(new cur tmp);
    $site->write_file( 'dovecot/mail/new/1.host', "From: friend\nSubject: hi\n\nFor a Mac.\n" );
    run_command( 'chown', '-R', 'nobody', "$dir/mail" );
    $site->write_file( 'dovecot/passwd', "mac:{PLAIN}secret\n" );
    my ( $uid, $gid ) = ( getpwnam 'nobody' )[ 2, 3 ];
    $site->write_file( 'dovecot.conf', <<"END" );
base_dir = $dir/run
state_dir = $dir/state
log_path = $dir/log
protocols = pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
first_valid_uid = 1
passdb {
  driver = passwd-file
  args = $dir/passwd
}
userdb {
  driver = static
  args = uid=$uid gid=$gid home=$dir
}
mail_location = maildir:$dir/mail
service pop3-login {
  chroot =
  inet_listener pop3 {
    port = $port
  }
  inet_listener pop3s {
    port = 0
  }
}
service anvil {
  chroot =
}
END
    my $pid = fork() // die "fork: $!\n";
    if ( $pid == 0 ) {
        exec 'dovecot', '-F', '-c', $site->path('dovecot.conf') or POSIX::_exit(127);
    }
    poll_until { IO::Socket::INET->new( PeerAddr => '127.0.0.1', PeerPort => $port ) };
    return $pid;
}

subtest 'POP3 from a Dovecot' => sub {
    my ($missing) = run_command( 'sh', '-c', 'command -v dovecot' );
    plan skip_all => 'there is no dovecot' if $missing;
    my $port   = 10110;
    my $daemon = daemon_with( {},
        qq({ object = "Postern"; types = [ "POP3Server" ]; to = "127.0.0.1:$port"; }) );
    my $dovecot = start_dovecot( $daemon, $port );
    $daemon->start;
    $daemon->wait_for_log(qr/ appletalk_name name="?Postern:POP3Server/);
    my $station = Postern::AppleTalk->new;
    my $found   = $station->lookup( 'Postern', 'POP3Server' );
    my $stream  = $station->open( $found->{address} ) or die "no connection\n";
    like( $stream->line // '', qr/^\+OK/, 'the greeting' );
    for my $command ( 'USER mac', 'PASS secret', 'RETR 1' ) {
        $stream->put("$command\r\n");
        like( $stream->line // '', qr/^\+OK/, $command );
    }
    my $text = '';
    while ( defined( my $line = $stream->line ) ) {
        last if $line eq '.';
        $text .= "$line\n";
    }
    like( $text, qr/^Subject: hi\n\nFor a Mac\.$/m, 'the message' );
    $stream->put("QUIT\r\n");
    like( $stream->line // '', qr/^\+OK/, 'QUIT' );
    kill TERM => $dovecot;
    waitpid $dovecot, 0;
};

# What a dissector that knows nothing of us says of the frames.
subtest 'frames that others understand' => sub {
    my ($missing) = run_command( 'sh', '-c', 'command -v tshark' );
    plan skip_all => 'there is no tshark' if $missing;
    my $daemon  = daemon_with( {} );
    my $station = Postern::AppleTalk->new( keep => my $frames = [] );
    $daemon->start;
    is_registered($daemon);
    my $stream = session_with($station);
    expect( $stream, 221, 'QUIT' );
    my $found = $station->lookup( 'Postern', $types[0] );
    ok( $station->echo( $found->{address}{node}, 'an echo' ), 'an echo comes back' );
    # A request to RTMP is one octet, "01", which tshark 4.0 takes for a fault of any station.
    my @requests = grep { substr( $_, 2 ) eq pack 'C n C C C C', 1, 6, 1, 1, 5, 1 } @$frames;
    my @others = grep { substr( $_, 2 ) ne pack 'C n C C C C', 1, 6, 1, 1, 5, 1 } @$frames;
    cmp_ok( scalar @requests, '>', 0, 'routers are asked for' );
    # LINKTYPE_LTALK is 114; each record: seconds, microseconds, two lengths.
    my $pcap = pack( 'L S S l L L L', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 114 );
    $pcap .= pack( 'L L L L', 1, 0, length, length ) . $_ for @others;
    my $file = $daemon->write_file( 'frames.pcap', $pcap );
    my ( $exit, $out, $errors ) =
      run_command( qw(tshark -r), $file, qw(-T fields -e frame.protocols -e _ws.malformed) );
    is( $exit, 0, 'tshark reads them' ) or diag $errors;
    my @lines = split /\n/, $out;
    is( scalar @lines, scalar @others, 'all of them' );
    unlike( $out, qr/malformed/i, 'it complains of none' );
    for my $protocol (qw(llap ddp nbp)) {
        ok( scalar( grep { /\b$protocol\b/ } @lines ), "some are $protocol" );
    }
};

done_testing;
