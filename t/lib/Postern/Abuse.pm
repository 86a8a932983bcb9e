# SPDX-License-Identifier: ISC
#
# Postern::Abuse - hostile clients of all kinds at once, and what they do to those who behave.
#
# The clients are driven by one process; another is a client that behaves and measures how long
# each reply takes; the test looks at the worker meanwhile.

package Postern::Abuse;

use strict;
use warnings;
use File::Temp;
use IO::Poll qw(POLLERR POLLHUP POLLIN POLLNVAL POLLOUT);
use POSIX ();
use Time::HiRes qw(sleep time);

use Postern::AbuseKinds qw(kinds);
use Postern::Client;
use Postern::Command qw(text_of);
use Postern::Daemon;
use Postern::Hostile;
use Postern::Poll qw(poll_until);
use Postern::Process qw(cpu_seconds_of open_files_of);

my $command_interval = 0.02;    # seconds, of the client that behaves
my $alone            = 2;       # seconds for which it has the server for itself
my $longest          = 60;      # seconds until the server must have got rid of all

# A daemon that lets hostile clients in, but has little patience.
sub daemon {
    my $daemon = Postern::Daemon->new(
        listeners => [
            qw(lan mx clear submissions),
            { name => '"proxied"', role => '"both"', proxy_from   => '[ "127.1.0.0/16" ]' },
            { name => '"xclient"', role => '"both"', xclient_from => '[ "127.1.0.0/16" ]' },
        ],
        settings => {
            'limits.client_connections'      => '0',
            'limits.network_connections'     => '0',
            'limits.client_connection_rate'  => '0',
            'limits.network_connection_rate' => '0',
            'limits.errors'                  => '1000',
            'limits.idle_commands'           => '5000',
            'limits.auth_failures'           => '100',
            'limits.message_size'            => '"1 MiB"',
            'timeouts.command'               => '"2 s"',
            'timeouts.data'                  => '"2 s"',
            'timeouts.message'               => '"5 s"',
            'timeouts.write'                 => '"2 s"',
            'timeouts.handshake'             => '"2 s"',
        }
    );
    return $daemon->start;
}

# sessions: so many hostile clients, of all kinds; some come several times
sub new {
    my ( $class, $daemon, $sessions ) = @_;
    my %kinds = kinds();
    my @names = sort keys %kinds;
    my $self  = bless { daemon => $daemon, sessions => $sessions, kinds => \%kinds }, $class;
    $self->{names} = \@names;
    return $self;
}

# Runs it all.  The report has
# alone, attacked: seconds that each reply to the client that behaves took, in order of size
# rss:             KiB of the worker: before, at most, after
# cpu:             seconds that the worker used, in so many
# is_over:         the worker got rid of all clients
# kinds:           name => { clients, opened, server, client, open: ended by whom or not at all }
sub run {
    my ($self)   = @_;
    my $behaving = Postern::Client->session( $self->{daemon}, 'lan' );
    my $worker   = $self->{worker} = $self->{daemon}->worker_of( $behaving->greeting );
    $behaving->close;
    my %report;
    $report{alone} = $self->latencies_while( sub { sleep $alone } );
    my $files = open_files_of($worker);
    my ( $cpu, $begun ) = ( cpu_seconds_of($worker), time );
    $self->{rss} = [ ( resident_kib_of($worker) ) x 2 ];
    $report{attacked} = $self->latencies_while( sub { $report{kinds} = $self->attack($files) } );
    $report{is_over}  = $self->{is_over};
    $report{cpu}      = [ cpu_seconds_of($worker) - $cpu, time - $begun ];
    $report{rss}      = [ @{ $self->{rss} }, resident_kib_of($worker) ];
    return \%report;
}

sub resident_kib_of {
    my ($pid) = @_;
    return text_of("/proc/$pid/status") =~ /^VmRSS:\s+(\d+) kB$/m ? $1 : 0;
}

# Runs code in a process of its own until it is ended; out is where it writes to.
sub in_background {
    my ($code) = @_;
    my $out    = File::Temp->new;
    my $pid    = fork() // die "fork: $!\n";
    return ( $pid, $out ) if $pid;
    alarm 0;
    $SIG{TERM} = 'DEFAULT';
    my $is_good = eval { $code->($out); 1 };
    print STDERR $@ if !$is_good;
    POSIX::_exit( $is_good ? 0 : 1 );
}

# ---- The client that behaves

sub latencies_while {
    my ( $self, $code ) = @_;
    my ( $pid, $out ) = in_background( sub { $self->behave(shift) } );
    $code->();
    kill TERM => $pid;
    waitpid $pid, 0;
    die "the client that behaves was not served\n" if $? != POSIX::SIGTERM();
    return [ sort { $a <=> $b } split ' ', text_of( $out->filename ) ];
}

sub behave {
    my ( $self, $out ) = @_;
    my $client   = Postern::Client->session( $self->{daemon}, 'lan' );
    my @commands = ( 'NOOP', 'MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.net>', 'RSET' );
    for ( my $i = 0 ; ; ++$i ) {
        my $begun = time;
        $client->must( 250, $commands[ $i % @commands ] );
        my $took = time - $begun;
        syswrite $out, "$took\n";
        sleep $command_interval - $took if $took < $command_interval;
    }
    return;
}

# ---- The others

# Has them driven until the worker has no more files open than before, looking at its memory.
sub attack {
    my ( $self, $files ) = @_;
    my ( $pid, $out ) = in_background( sub { $self->drive(shift) } );
    my $worker   = $self->{worker};
    my $all_came = poll_until { $self->look; -s $out->filename } $longest;
    $self->{is_over} =
      $all_came && poll_until { $self->look; open_files_of($worker) <= $files + 1 } $longest;
    kill USR1 => $pid;
    waitpid $pid, 0;
    die "the driver has failed\n" if $?;
    my %kinds = map { my ( $name, @numbers ) = split /\t/; $name => \@numbers }
      grep { /\t/ } split /\n/, text_of( $out->filename );
    return \%kinds;
}

sub look {
    my ($self) = @_;
    my $now = resident_kib_of( $self->{worker} );
    $self->{rss}[1] = $now if $now > $self->{rss}[1];
    return;
}

# Says when all have come, and how it went for each kind when it is told to stop.
sub drive {
    my ( $self, $out ) = @_;
    my $is_told = 0;
    $SIG{USR1} = sub { $is_told = 1 };
    $SIG{PIPE} = 'IGNORE';
    $self->{poll}  = IO::Poll->new;
    $self->{stats} = { map { $_ => { clients => 0, opened => 0, server => 0, client => 0 } }
          @{ $self->{names} } };
    my @waiting = $self->clients;
    my $has_said;
    until ($is_told) {
        $self->enter($_) for splice @waiting, 0, 10;
        $self->turn;
        next if @waiting || $has_said;
        syswrite $out, "all have come\n";
        $has_said = 1;
    }
    syswrite $out, join "\n", map { $self->line_of($_) } @{ $self->{names} };
    return;
}

# One of each kind, and so on round.
sub clients {
    my ($self) = @_;
    my @names = @{ $self->{names} };
    my @clients;
    for my $i ( 0 .. $self->{sessions} - 1 ) {
        my $name    = $names[ $i % @names ];
        my $address = sprintf '127.1.%d.%d', $i % @names, 1 + $i / @names;
        my $kind    = $self->{kinds}{$name};
        my $port    = $self->{daemon}->place_of( $kind->{on} );
        my $client  = Postern::Hostile->new( $kind, $port, $address );
        $client->{name} = $name;
        ++$self->{stats}{$name}{clients};
        push @clients, $client;
    }
    return @clients;
}

sub enter {
    my ( $self, $client ) = @_;
    $client->open(time) or die "$client->{name}: cannot connect: $!\n";
    ++$self->{stats}{ $client->{name} }{opened};
    $self->{open}{ $client->handle } = $client;
    return;
}

sub turn {
    my ($self) = @_;
    my $poll = $self->{poll};
    my $now  = time;
    $poll->mask( $_->handle => POLLHUP | $_->events($now) ) for values %{ $self->{open} };
    $poll->poll(0.01);
    $now = time;
    for my $client ( values %{ $self->{open} } ) {
        my $events = $poll->events( $client->handle );
        $client->read($now)     if $events & POLLIN;
        $client->write          if $events & POLLOUT && !$client->end;
        $client->ended('server') if $events & ( POLLERR | POLLHUP | POLLNVAL ) && !$client->end;
        $client->tick($now)     if !$client->end;
        $self->leave($client)   if $client->end;
    }
    return;
}

sub leave {
    my ( $self, $client ) = @_;
    ++$self->{stats}{ $client->{name} }{ $client->end };
    delete $self->{open}{ $client->handle };
    $self->{poll}->remove( $client->handle );
    $client->close;
    $self->enter($client) if $client->comes_again;
    return;
}

sub line_of {
    my ( $self, $name ) = @_;
    my $stats = $self->{stats}{$name};
    my $open  = $stats->{opened} - $stats->{server} - $stats->{client};
    return join "\t", $name, @$stats{qw(clients opened server client)}, $open;
}

# ---- Figures

# The latency that so many of a hundred replies did not exceed, in milliseconds.
sub percentile {
    my ( $latencies, $percent ) = @_;
    return 0 if !@$latencies;
    my $at = int( @$latencies * $percent / 100 );
    $at = $#$latencies if $at > $#$latencies;
    return 1000 * $latencies->[$at];
}

sub latency_line {
    my ( $what, $latencies ) = @_;
    return sprintf '%-12s %5d replies: p50 %.1f ms, p99 %.1f ms, max %.1f ms', $what,
      scalar @$latencies, map { percentile( $latencies, $_ ) } 50, 99, 100;
}

# How long each session lasted, in seconds, by name of kind; from the log.
sub durations {
    my ($self) = @_;
    my ( %begun, %kind_of, %durations );
    for my $line ( split /\n/, $self->{daemon}->log ) {
        my ( $hours, $minutes, $seconds ) = $line =~ /^\S+T(\d+):(\d+):([\d.]+)/ or next;
        my $moment = 3600 * $hours + 60 * $minutes + $seconds;
        if ( $line =~ / session_begin session=(\S+) peer=127\.1\.(\d+)\.\d+ / ) {
            @begun{$1} = $moment;
            $kind_of{$1} = $self->{names}[$2];
        }
        elsif ( $line =~ / session_end session=(\S+) / && $kind_of{$1} ) {
            my $took = $moment - $begun{$1};
            push @{ $durations{ $kind_of{$1} } }, $took < 0 ? $took + 86_400 : $took;
        }
    }
    return \%durations;
}

1;
