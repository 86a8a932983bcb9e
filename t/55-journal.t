#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/55-journal.t - the engine "journal": what was answered 250 is in the Maildir, once and whole,
# whoever dies, whatever is full, and however often the server is started anew.
#
# Only a real power failure can show that a sync is a sync; that is for t/unit to model.

use strict;
use warnings;
use lib 't/lib';
use Test::More;
use Time::HiRes qw(sleep);

use Postern::Client;
use Postern::Command qw(posternd run_command text_of);
use Postern::Config qw(quoted);
use Postern::Daemon;
use Postern::Poll qw(poll_until);
use Postern::Process qw(any_running descendants_of);
use Postern::SmallDisk;
use Postern::SteadyLoad;

my $can_mount = Postern::SmallDisk->enter;

# The log says which process is which at the level debug.
sub journal_daemon {
    my (%settings) = @_;
    return Postern::Daemon->new(
        listeners => ['lan'],
        settings  => {
            'spool.engine'       => '"journal"',
            'spool.journal.size' => '"8 MiB"',
            'log.level'          => '"debug"',
            %settings
        }
    );
}

# One that has served before: its log says so already.
sub start_again {
    my ($daemon) = @_;
    my $mark = $daemon->mark;
    $daemon->launch('-f');
    $daemon->wait_for_log( qr/ serving generation=/, $mark );
    return substr $daemon->log, $mark;
}

sub submit {
    my ( $daemon, $text ) = @_;
    return Postern::Client->session( $daemon, 'lan' )->submit($text);
}

# The processes of that role that live, by what they have logged.
sub processes_of {
    my ( $daemon, $role ) = @_;
    my @all = $daemon->log =~ /posternd\[(\d+)\] debug sandbox role=$role /g;
    return grep { any_running($_) } @all;
}

# All processes at once, as the OOM killer would not, but a test may.
sub kill_all {
    my ($daemon) = @_;
    kill KILL => $daemon->pid, descendants_of( $daemon->pid );
    poll_until { $daemon->has_ended };
    poll_until { !processes_of( $daemon, '(?:worker|flusher|helper|controller|recovery)' ) };
    return;
}

sub recover {
    my ($daemon) = @_;
    my ( $exit, undef, $errors ) = run_command( posternd(), '-R', '-d', '-c', $daemon->config );
    return ( $exit, $errors );
}

# What came with a load is what it has sent.
sub torn_in {
    my ($daemon) = @_;
    my $text = "Subject: steady\n\n" . "text of a message\n" x 20;
    return map { $_->{name} }
      grep { $_->{text} !~ /^(?:(?:Date|Message-ID): .*\n)*\Q$text\E\z/ } $daemon->spool->messages;
}

# A message is taken by a program before a checkpoint has passed it, and then its worker dies; the
# supervisor is stopped, and has not seen it yet.
sub take_one_and_die {
    my ( $daemon, $spool ) = @_;
    my ($worker) = processes_of( $daemon, 'worker' );
    my ( undef, $flusher ) = sort { $a <=> $b } processes_of( $daemon, 'flusher' );
    kill STOP => $flusher;
    like( submit( $daemon, "Subject: x\r\n" ), qr/^250 /, 'a message' );
    my $file;
    poll_until { ($file) = glob "$spool/new/*" };
    unlink $file or die "$file: $!\n";
    $daemon->signal('STOP');
    kill KILL => $worker, $flusher;
    return;
}

# As root.
sub daemon_on_small_disk {
    my $daemon = journal_daemon();
    my $disk   = $daemon->path('disk');
    my $small  = Postern::SmallDisk->mount( $disk, 'size=4m' );
    $daemon->set(
        'spool.path'                => quoted("$disk/spool"),
        'spool.min_free'            => '"0 B"',
        'spool.min_free_inodes'     => '0',
        'spool.journal.size'        => '"1 MiB"',
        'spool.journal.max_message' => '"32 KiB"',
    );
    return ( $daemon, $disk, $small );
}

# Returns the path of what has to go before there is room again.
sub fill_up {
    my ( $daemon, $disk ) = @_;
    my $filler = "$disk/filler";
    open( my $file, '>:raw', $filler ) or die "$filler: $!\n";
    1 while syswrite( $file, "\0" x 4096 );
    close $file;
    $daemon->{is_spool_stuck} = 1;
    return $filler;
}

# Lines of the log about journals that had nobody to harm them.
sub faults_in {
    my ($log) = @_;
    return $log =~ /^(.* (?:journal_(?:damaged|recovery_failed|failed)|flusher_\w+) .*\n)/mg;
}

# After the end of the daemon, so that all is in its place.
sub is_complete {
    my ( $daemon, $load, $least ) = @_;
    cmp_ok( scalar $load->queued, '>', $least, 'there was a load' );
    is( join( ' ', $load->lost_or_doubled ), '', 'all that was answered 250 is there once' );
    is( join( ' ', torn_in($daemon) ),               '', 'and whole' );
    is( join( ' ', $daemon->spool->names_in('tmp') ), '', 'and nothing else' );
    my ( $exit, $errors ) = recover($daemon);
    is( $exit, 0, 'posternd -R' );
    unlike( $errors, qr/journal_recovered/, 'finds that nothing is left to be done' );
    return;
}

subtest 'messages of all sizes' => sub {
    my $daemon = journal_daemon()->start;
    my $client = Postern::Client->session( $daemon, 'lan' );
    my %sent;
    my $kib = 1024;
    for my $octets ( 0, 1, 80, 4096, 64 * $kib, 255 * $kib, 256 * $kib, 257 * $kib, 1500 * $kib ) {
        my $lines = int( $octets / 80 );
        my $text  = ( 'x' x 78 . "\n" ) x $lines . 'y' x ( $octets % 80 ) . "\n";
        my $reply = $client->submit( "Subject: $octets\r\n\r\n" . $text =~ s/\n/\r\n/gr );
        like( $reply, qr/^250 /, "$octets octets" );
        $sent{$octets} = $text;
    }
    for my $message ( $daemon->spool->messages ) {
        my ( $octets, $text ) = $message->{text} =~ /^Subject: (\d+)\n\n(.*)\z/ms
          or fail("$message->{name}: no subject"), next;
        ok( $text eq delete $sent{$octets}, "$octets octets are there as they were sent" );
        like( $message->{name}, qr/,S=\Q@{[ length $message->{content} ]}\E$/, 'as the name says' );
    }
    is( join( ' ', keys %sent ), '', 'all are there' );
    is( $daemon->stop, 0, 'exit status' );
    my ( $exit, $errors ) = recover($daemon);
    is( $exit, 0, 'posternd -R' );
    unlike( $errors, qr/journal_recovered/, 'a stop leaves nothing to be done' );
};

subtest 'a worker is killed, again and again' => sub {
    my $daemon = journal_daemon( workers => 2 )->start;
    my $load   = Postern::SteadyLoad->new( $daemon, 10 );
    my $kills  = 0;
    $load->run(
        5,
        0.9 => sub {
            my ($worker) = processes_of( $daemon, 'worker' );
            $kills += kill KILL => $worker if $worker;
        }
    );
    cmp_ok( $kills, '>', 2, "$kills workers were killed" );
    is( $daemon->stop, 0, 'exit status' );
    is_complete( $daemon, $load, 40 );
    is( join( '', faults_in( $daemon->log ) ), '', 'without a fault' );
};

subtest 'all is killed' => sub {
    my $daemon = journal_daemon();
    for my $way ( 'start', 'posternd -R' ) {
        start_again($daemon);
        my $load      = Postern::SteadyLoad->new( $daemon, 10 );
        my $is_killed = 0;
        $load->run( 1.5, 1.2 => sub { kill_all($daemon) if !$is_killed++ } );
        ok( $is_killed, "$way: in the middle" );
        if ( $way eq 'start' ) {
            like( start_again($daemon), qr/ journal_recovered .*? serving /s,
                'it is recovered before it serves' );
            is( $daemon->stop, 0, 'exit status' );
        }
        else {
            my ( $exit, $errors ) = recover($daemon);
            is( $exit, 0, 'exit status' );
            like( $errors, qr/ info journal_recovered slots=1 /, 'there was something to be done' );
        }
        is_complete( $daemon, $load, 10 );
    }
};

# As a reader may leave it, whoever it then belongs to.
subtest 'a message that must not be written' => sub {
    my $daemon = journal_daemon()->start;
    my ($checkpoints) = sort { $b <=> $a } processes_of( $daemon, 'flusher' );
    kill STOP => $checkpoints;    # so that the journal has them still
    like( submit( $daemon, "Subject: $_\r\n" ), qr/^250 /, $_ ) for qw(whole torn);
    kill_all($daemon);
    for my $message ( $daemon->spool->messages ) {
        my $path = $daemon->spool->{path} . "/new/$message->{name}";
        if ( $message->{text} =~ /^Subject: torn$/m ) {
            open( my $file, '+<', $path ) or die "$path: $!\n";
            seek $file, -1, 2;
            print {$file} "\0";
            close $file or die "$path: $!\n";
        }
        chmod 0400, $path;
    }
    my $log = start_again($daemon);
    like( $log, qr/ alert journal_repair_failed error="[^"]*Permission denied"/, 'the torn one' );
    like( $log, qr/ journal_recovered slots=1 messages=1 repaired=1 damaged=0/, 'is not lost' );
    my @whole = grep { $_->{text} =~ /^Subject: torn$/m && $_->{text} !~ /\0/ }
      $daemon->spool->messages;
    is( scalar @whole, 1, 'but whole beside it' );
    like( submit( $daemon, "Subject: x\r\n" ), qr/^250 /, 'the server serves' );
    is( $daemon->stop, 0, 'exit status' );
};

subtest 'reloads and upgrades' => sub {
    my $daemon = journal_daemon()->start;
    my $load   = Postern::SteadyLoad->new( $daemon, 6 );
    my @signals = qw(HUP USR2);
    my $number  = 0;
    $load->run( 6, 1.6 => sub { $daemon->signal( $signals[ $number++ % 2 ] ) } );
    is( join( ', ', map { $_->{what} } $load->failed ), '', 'no session fails' );
    my ($worker) = processes_of( $daemon, 'worker' );
    my $mark = $daemon->mark;
    kill KILL => $worker;
    $daemon->wait_for_log( qr/ worker_died pid=$worker /, $mark );
    like( submit( $daemon, "Subject: x\r\n" ), qr/^250 /, 'it goes on' );
    is( $daemon->stop, 0, 'exit status' );
    like( $daemon->log, qr/ upgrade /, 'there was an upgrade' );
    cmp_ok( scalar $load->queued, '>', 20, 'there was a load' );
    is( join( ' ', $load->lost_or_doubled ), '', 'all that was answered 250 is there once' );
};

subtest 'an upgrade to another spool' => sub {
    my $daemon = journal_daemon()->start;
    my ( $before, $after ) = map { quoted( $daemon->path($_) ) } qw(spool other);
    my ($worker) = processes_of( $daemon, 'worker' );
    my @flushers = processes_of( $daemon, 'flusher' );
    my $client   = Postern::Client->session( $daemon, 'lan' );
    like( $client->submit("Subject: x\r\n"), qr/^250 /, 'a message, in a session that goes on' );
    $daemon->set( 'spool.path' => $after );
    my $mark = $daemon->mark;
    $daemon->signal_and_wait( USR2 => qr/ serving generation=2 / );
    kill KILL => $worker, @flushers;
    $daemon->wait_for_log( qr/ journal_recovered slots=1 /, $mark );
    is( $daemon->stop, 0, 'exit status' );
    $daemon->set( 'spool.path' => $before );
    my ( $exit, $errors ) = recover($daemon);
    is( $exit, 0, 'posternd -R' );
    unlike( $errors, qr/journal_recovered/, 'nothing is left in the spool before' );
};

subtest 'from one engine to the other, and back' => sub {
    my $daemon  = journal_daemon()->start;
    my $load    = Postern::SteadyLoad->new( $daemon, 6 );
    my @engines = qw("file" "journal");
    my $number  = 0;
    $load->run(
        4,
        1.3 => sub {
            $daemon->set( 'spool.engine' => $engines[ $number++ % 2 ] );
            $daemon->signal('HUP');
        }
    );
    is( join( ', ', map { $_->{what} } $load->failed ), '', 'no session fails' );
    is( $daemon->stop, 0, 'exit status' );
    is_complete( $daemon, $load, 20 );
};

subtest 'a flusher is killed' => sub {
    my $daemon = journal_daemon()->start;
    for my $which ( 0, 1 ) {
        my $load      = Postern::SteadyLoad->new( $daemon, 6 );
        my $is_killed = 0;
        my $mark      = $daemon->mark;
        my $flusher   = ( processes_of( $daemon, 'flusher' ) )[$which];
        $load->run( 3, 0.8 => sub { kill KILL => $flusher if !$is_killed++ } );
        ok( $is_killed, "flusher $which" );
        my $log = substr $daemon->log, $mark;
        like( $log, qr/ error flusher_died pid=$flusher status="signal 9"/, 'the log says so' );
        my ($exit) = $log =~ / worker_ended pid=\d+ role=worker status="exit (\d+)"/;
        ok( defined $exit, 'the worker ends' );
        # One that needed it no more, since it had nothing else to do, has nothing to tell.
        is( $log =~ / alert journal_failed /,         !!$exit, 'and says what that means' );
        is( $log =~ / journal_recovered slots=1 /, !!$exit, 'what it has left is recovered' );
        like( submit( $daemon, "Subject: x\r\n" ), qr/^250 /, 'another one serves' );
        my @wrong = grep { $_->{what} !~ /451 4\.3\.0|421 4\.3\.2|closed/ } $load->failed;
        is( join( ', ', map { $_->{what} } @wrong ), '', 'clients were told to try again' );
        cmp_ok( scalar $load->queued, '>', 20, 'there was a load' );
        is( join( ' ', $load->lost_or_doubled ), '', 'all that was answered 250 is there once' );
    }
    is( $daemon->stop, 0, 'exit status' );
};

subtest 'a stop' => sub {
    my $daemon = journal_daemon( workers => 2 )->start;
    my $load   = Postern::SteadyLoad->new( $daemon, 10 );
    my $mark   = $daemon->mark;
    $load->run( 1.5, 1 => sub { $daemon->signal('TERM') } );
    is( $daemon->wait_for_end, 0, 'exit status' );
    my $log = substr $daemon->log, $mark;
    is( scalar( () = $log =~ / worker_ended pid=\d+ role=worker /g ), 2, 'both workers end' );
    unlike( $log, qr/ role=recovery /, 'and leave nothing that anybody would look for' );
    is_complete( $daemon, $load, 20 );
};

# Clients whose connection breaks send their message again: of those that wait nothing may pile up,
# and nothing may come when the disk goes on.  The last message waits when the server stops.
subtest 'a disk that hangs' => sub {
    my $daemon = journal_daemon( drain_time => '"1 s"' )->start;
    my ($flusher) = sort { $a <=> $b } processes_of( $daemon, 'flusher' );
    kill STOP => $flusher;
    my $send = sub {
        my ($subject) = @_;
        my $client = Postern::Client->session( $daemon, 'lan' );
        $client->send_message("Subject: $subject\r\n");
        return $client;
    };
    my ( $first, $gone, $last ) = map { $send->($_) } qw(first gone last);
    $first->send_lines( 'MAIL FROM:<alice@example.org>', 'RCPT TO:<bob@example.net>', 'DATA' );
    $gone->vanish;
    $daemon->wait_for_log(qr/ info message_dropped message=\S+ session=\S+ peer=127\.0\.0\.1$/m);
    $daemon->signal('TERM');
    like( $last->reply, qr/^421 4\.3\.2 /, 'what waits for its turn is refused when time is over' );
    like( $daemon->log, qr/ message_refused .* reply="421 4\.3\.2 /, 'as the log says' );
    kill CONT => $flusher;
    like( $first->reply, qr/^250 /,        'what the disk had to do is answered when it is done' );
    like( $first->reply, qr/^421 4\.3\.2 /, 'and then the session ends' );
    is( $daemon->wait_for_end, 0, 'exit status' );
    my @subjects = map { $_->{text} =~ /^Subject: (.*)$/m } $daemon->spool->messages;
    is( "@subjects", 'first', 'nothing else is there' );
};

subtest 'journals of workers that are no more' => sub {
    my $daemon = journal_daemon()->start;
    # Each keeps its worker.
    my @sessions = Postern::Client->session( $daemon, 'lan' );
    for ( 1 .. 3 ) {
        ok( $daemon->reload, 'a reload' );
        push @sessions, Postern::Client->session( $daemon, 'lan' );
    }
    is( scalar( () = glob $daemon->path('spool/journal/*') ), 4, 'each worker has its own' );
    is( $daemon->stop, 0, 'exit status' );
    like( start_again($daemon), qr/ info journal_trimmed slots=2$/m, 'two are enough to begin with' );
    is( $daemon->stop, 0, 'exit status' );
    my ( $exit, $errors ) = recover($daemon);
    is( $exit, 0, 'posternd -R' );
    unlike( $errors, qr/ journal_trimmed /, 'takes none of them' );
    $daemon->set( 'spool.engine' => '"file"' );
    ( $exit, $errors ) = recover($daemon);
    like( $errors, qr/ journal_trimmed slots=2$/m, 'the other engine needs none' );
};

subtest 'a flusher outlives its server' => sub {
    my $daemon = journal_daemon()->start;
    my ($flusher) = processes_of( $daemon, 'flusher' );
    like( submit( $daemon, "Subject: x\r\n" ), qr/^250 /, 'a message' );
    kill STOP => $flusher;
    kill KILL => $daemon->pid, grep { $_ != $flusher } descendants_of( $daemon->pid );
    poll_until { $daemon->has_ended };
    poll_until { !processes_of( $daemon, 'worker' ) };
    my ( $exit, $errors ) = recover($daemon);
    is( $exit, 0, 'posternd -R leaves its journal alone' );
    like( $errors, qr/ warning journal_held slots=1$/m, 'and says so' );
    unlike( $errors, qr/ journal_recovered /, 'with what is in it' );
    like( my $log = start_again($daemon), qr/ warning journal_held slots=1$/m, 'a start too' );
    like( submit( $daemon, "Subject: y\r\n" ), qr/^250 /, 'and serves' );
    my $mark = $daemon->mark;
    kill KILL => $flusher;
    $daemon->wait_for_log( qr/ journal_recovered slots=1 /, $mark );
    is( $daemon->stop, 0, 'exit status' );
    is( scalar $daemon->spool->messages, 2, 'both messages are there' );
};

subtest 'what posternd -R finds' => sub {
    my $daemon = journal_daemon( 'spool.engine' => '"file"' );
    my ( $exit, $errors ) = recover($daemon);
    is( $exit, 0, 'no spool: nothing to be done' ) or diag $errors;
    $daemon->start->stop;
    ( $exit, $errors ) = recover($daemon);
    is( $exit, 0, 'no journal: nothing to be done' ) or diag $errors;

    $daemon->set( 'spool.engine' => '"journal"' );
    start_again($daemon);
    like( submit( $daemon, "Subject: x\r\n" ), qr/^250 /, 'a message' );
    ( $exit, $errors ) = recover($daemon);
    is( $exit, 0, 'a server that runs is left alone' );
    unlike( $errors, qr/journal_recovered/, 'with its journal' );
    like( submit( $daemon, "Subject: x\r\n" ), qr/^250 /, 'and goes on' );
    kill_all($daemon);
    ( $exit, $errors ) = recover($daemon);
    is( $exit, 0, 'what was killed' );
    like( $errors, qr/ journal_recovered slots=1 /, 'is recovered' );
    is( scalar $daemon->spool->messages, 2, 'both messages are there' );
};

subtest 'a journal that is not there' => sub {
    my $daemon  = journal_daemon()->start;
    my $journal = $daemon->path('spool/journal');
    like( submit( $daemon, "Subject: x\r\n" ), qr/^250 /, 'a message' );
    my ($worker) = processes_of( $daemon, 'worker' );
    rename "$journal/0", "$journal/away" or die "$journal/0: $!\n";
    # So that nobody makes it anew meanwhile.
    symlink 'nowhere', "$journal/0" or die "$journal/0: $!\n";
    my $mark = $daemon->mark;
    kill KILL => $worker;
    $daemon->wait_for_log( qr{ alert journal_recovery_failed error="open journal/0: }, $mark );
    like( submit( $daemon, "Subject: y\r\n" ), qr/^250 /, 'another worker serves' );
    rename "$journal/away", "$journal/0" or die "$journal/0: $!\n";
    $daemon->wait_for_log( qr/ journal_recovered slots=1 /, $mark );
    is( $daemon->stop, 0, 'exit status' );
    is( scalar $daemon->spool->messages, 2, 'both messages are there' );
};

SKIP: {
    skip 'only root can mount a disk, and not everywhere', 4 if !$can_mount;

    # What a worker says of the files it has written holds for as long as they are in memory.
    subtest 'a spool that was mounted anew' => sub {
        my ($release) = text_of('/proc/sys/kernel/osrelease') =~ /^(\d+\.\d+)/;
        plan skip_all => "Linux $release does not tell" if $release =~ /^(?:[1-5]\.|6\.[0-7]$)/;
        my $daemon = journal_daemon();
        my ( $disk, $place ) = map { $daemon->path($_) } qw(disk place);
        mkdir $_ or die "$_: $!\n" for $disk, $place;
        $daemon->set( 'spool.path' => quoted("$place/spool") );
        my $run = sub {
            my ( $exit, undef, $errors ) = run_command(@_);
            die "@_: $errors\n" if $exit;
        };
        $run->( 'mount', '--bind', $disk, $place );
        $daemon->start;
        for my $is_away ( 0, 1 ) {
            take_one_and_die( $daemon, "$place/spool" );
            if ($is_away) {
                $run->( 'umount', '-l', $place );
                $run->( 'mount', '--bind', $disk, $place );
            }
            my $mark = $daemon->mark;
            $daemon->signal('CONT');
            my $line = $daemon->wait_for_log( qr/ journal_recovered slots=1 /, $mark );
            like( $line, qr/ messages=$is_away /, $is_away ? 'it is trusted no more' : 'before it is' );
            $daemon->wait_for_log( qr/ sandbox role=worker /, $mark );
        }
        is( $daemon->stop, 0, 'exit status' );
        $run->( 'umount', '-l', $place );
    };

    subtest 'no room for a journal' => sub {
        my ( $daemon, $disk, $small ) = daemon_on_small_disk();
        $daemon->set( 'spool.journal.size' => '"8 MiB"' );
        ok( !eval { $daemon->start }, 'nobody is served' );
        like(
            $daemon->log,
            qr/ worker_failed error="spool\.journal\.size is more than there is room for: /,
            'and the log says what to change'
        );
        my %in_background = ( 'log.target' => 'log', pid_file => 'pid' );
        $daemon->set( map { $_ => quoted( $daemon->path( $in_background{$_} ) ) } keys %in_background );
        for ( 1 .. 2 ) {
            my ( $exit, undef, $errors ) = run_command( posternd(), '-c', $daemon->config );
            is( $exit, 71, 'nor in the background' );
            is( $errors, "posternd: the server does not start; the log says why\n", 'as it says' );
        }
        $small->unmount;
    };

    # Two of the three journals are those of the workers before the reload; the worker that comes next
    # may have taken one.
    subtest 'a worker that dies when the disk is full' => sub {
        my ( $daemon, $disk, $small ) = daemon_on_small_disk();
        $daemon->set( workers => 2 );
        $daemon->start;
        $daemon->set( workers => 1 );
        ok( $daemon->reload, 'reload' );
        $daemon->wait_for_log(qr/ worker_ended .*\n(?:.*\n)*.* worker_ended /);
        my $client = Postern::Client->session( $daemon, 'lan' );
        my $worker = $daemon->worker_of( $client->greeting );
        fill_up( $daemon, $disk );
        my $text = "Subject: x\r\n\r\n" . ( 'x' x 78 . "\r\n" ) x 100;
        like( $client->submit($text), qr/^250 /, 'the journal takes a message' ) for 1 .. 3;
        $daemon->wait_for_log(qr/ alert journal_delivery_failed /);
        kill KILL => $worker;
        $daemon->wait_for_log(qr/ journal_trimmed slots=[12]/);
        $daemon->wait_for_log(qr/ journal_recovered slots=1 messages=3 /);
        is( scalar Postern::Spool->new("$disk/spool")->names_in('new'), 3, 'all are there' );
        $daemon->stop;
        $small->unmount;
    };

    subtest 'a disk that fills up' => sub {
        my ( $daemon, $disk, $small ) = daemon_on_small_disk();
        $daemon->start;
        my $client = Postern::Client->session( $daemon, 'lan' );
        like( $client->submit("Subject: x\r\n"), qr/^250 /, 'with room all is well' );
        my $filler = fill_up( $daemon, $disk );
        my $text = "Subject: large\r\n\r\n" . ( 'x' x 78 . "\r\n" ) x 380;
        my ( $accepted, $reply ) = ( 1, '' );
        while ( $accepted < 200 ) {
            $reply = $client->submit($text);
            last if $reply !~ /^250 /;
            ++$accepted;
        }
        cmp_ok( $accepted, '>', 2, "the journal takes $accepted" );
        like( $reply, qr/^452 4\.3\.1 /, 'until it is full' );
        like( $client->submit( $text x 2 ), qr/^452 4\.3\.1 /, 'nor does a file take a larger one' );
        $daemon->wait_for_log(qr/ alert journal_delivery_failed /);
        unlink $filler;
        delete $daemon->{is_spool_stuck};
        my $spool = Postern::Spool->new("$disk/spool");
        ok( poll_until { $spool->names_in('new') == $accepted }, 'all come when there is room' );
        like( $client->submit($text), qr/^250 /, 'and so do more' );
        is( $daemon->stop, 0, 'exit status' );
        is( scalar $spool->names_in('new'), $accepted + 1, 'each is there once' );
        is( join( ' ', $spool->names_in('tmp') ), '', 'and nothing else' );
        $small->unmount;
    };

    subtest 'recovery on a full disk' => sub {
        my ( $daemon, $disk, $small ) = daemon_on_small_disk();
        $daemon->start;
        my $client = Postern::Client->session( $daemon, 'lan' );
        ok( $daemon->reload, 'a reload, while a session goes on' );
        undef $client;
        $daemon->wait_for_log(qr/ worker_ended pid=\d+ role=worker /);
        my $last = Postern::Client->session( $daemon, 'lan' );
        is( scalar( () = glob "$disk/spool/journal/*" ), 2, 'two journals' );
        fill_up( $daemon, $disk );
        like( $last->submit("Subject: x\r\n"), qr/^250 /, 'a message' );
        $daemon->wait_for_log(qr/ alert journal_delivery_failed /);
        kill_all($daemon);
        my ( $exit, $errors ) = recover($daemon);
        is( $exit, 0, 'posternd -R' );
        like( $errors, qr/ journal_trimmed slots=1\n.* journal_recovered slots=1 messages=1 /,
            'makes room, and then has some' );
        $small->unmount;
    };
}

done_testing;
