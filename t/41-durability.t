#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/41-durability.t - a worker is killed under load, again and again: each message that was
# answered 250 is in new/, once and whole, and nothing else is there but whole messages.

use strict;
use warnings;
use lib 't/lib';
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

use Postern::Client;
use Postern::Command qw(text_of);
use Postern::Daemon;
use Postern::Poll qw(poll_until);
use Postern::Process qw(any_running);

my $test          = $$;
my $clients       = 6;
my $kills         = 4;
my $between_kills = 40;    # messages at least

# Different lengths, so that a worker dies in every stage of a message.
sub text_of_message {
    my ($id)     = @_;
    my ($number) = $id =~ /(\d+)$/;
    my $lines    = join '',
      map { "$id, line $_ of a text that says who it is\n" } 1 .. 10 + 97 * ( $number % 7 );
    return "Date: now\nMessage-ID: <$id\@client.example>\nSubject: $id\n\n${lines}end of $id\n";
}

# A client ends when it is told to by the file "stop", and when the test is gone.
sub is_over {
    my ($daemon) = @_;
    return -e $daemon->path('stop') || getppid() != $test;
}

# Sends one message after the other until it is over.  Writes the id of each that was answered 250
# into its own file.
sub run_client {
    my ( $daemon, $name ) = @_;
    open( my $accepted, '>', $daemon->path("accepted.$name") ) or die "accepted.$name: $!\n";
    $accepted->autoflush(1);
    my $number = 0;
    until ( is_over($daemon) ) {
        eval { run_session( $daemon, $name, \$number, $accepted ) };
        sleep 0.01;    # the server is gone for the moment
    }
    return;
}

sub run_session {
    my ( $daemon, $name, $number, $accepted ) = @_;
    my $has_tls = $name % 2;
    my $client  = Postern::Client->new( $daemon, $has_tls ? 'submissions' : 'lan' );
    if ($has_tls) { $client->log_in( alice => 'secret' ) }
    else          { $client->must(220); $client->must( 250, 'EHLO client.example' ) }
    until ( is_over($daemon) ) {
        my $id    = "$name-" . ++$$number;    # never the same again, whatever comes of it
        my $reply = $client->submit( text_of_message($id) =~ s/\n/\r\n/gr );
        print {$accepted} "$id\n" if $reply =~ /^250 /;
        die "the server is gone\n" if $reply eq '';
    }
    $client->must( 221, 'QUIT' );
    return;
}

sub start_client {
    my ( $daemon, $name ) = @_;
    my $pid = fork() // die "fork: $!\n";
    return $pid if $pid;
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP ALRM);
    alarm 120;
    eval { run_client( $daemon, $name ); 1 } or warn $@;
    POSIX::_exit(0);
}

sub accepted_ids {
    my ($daemon) = @_;
    return map { split /\n/, text_of( $daemon->path("accepted.$_") ) } 1 .. $clients;
}

sub wait_for_messages {
    my ( $daemon, $count ) = @_;
    my $wanted = $count + accepted_ids($daemon);
    poll_until { accepted_ids($daemon) >= $wanted } or die "no more messages are accepted\n";
    return;
}

sub kill_worker {
    my ($daemon) = @_;
    my $worker   = $daemon->worker_of( Postern::Client->new( $daemon, 'lan' )->must(220) );
    my $mark     = $daemon->mark;
    kill KILL => $worker;
    $daemon->wait_for_log( qr/ worker_died pid=$worker role=worker status="signal 9"/, $mark );
    return;
}

my $daemon = Postern::Daemon->new(
    listeners => [qw(submissions lan)],
    settings  => { 'limits.idle_commands' => '100000' }
)->start;
my @clients = map { start_client( $daemon, $_ ) } 1 .. $clients;
my $passed  = eval {
    for ( 1 .. $kills ) {
        wait_for_messages( $daemon, $between_kills );
        kill_worker($daemon);
    }
    wait_for_messages( $daemon, $between_kills );
    1;
};
ok( $passed, "it goes on after $kills workers were killed" ) or diag( $@, $daemon->log );
$daemon->write_file( 'stop', '' );
poll_until { !any_running(@clients) } or kill KILL => @clients;
waitpid $_, 0 for @clients;

my %times;
my @torn;
for my $message ( $daemon->spool->messages ) {
    my ($id) = $message->{text} =~ /^Subject: (.*)$/m;
    push @torn, $message->{name} if !defined $id || $message->{text} ne text_of_message($id);
    ++$times{ $id // '' };
}
my @accepted = accepted_ids($daemon);
is( join( ' ', @torn ), '', 'every message in new/ is whole' );
is( join( ' ', grep { !$times{$_} } @accepted ),
    '', 'every message that was answered 250 is there' );
is( join( ' ', grep { $times{$_} > 1 } sort keys %times ), '', 'none is there twice' );
note( sprintf '%d messages accepted, %d in the spool', scalar @accepted, scalar keys %times );
is( $daemon->stop, 0, 'exit status' );
done_testing;
