#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/42-disk-full.t - without room in the spool no message is accepted, and none is half there.
#
# For a disk that is really full it mounts a small one.

use strict;
use warnings;
use lib 't/lib';
use Test::More;

use Postern::Client;
use Postern::Command qw(run_command);
use Postern::Config qw(quoted);
use Postern::Daemon;
use Postern::SmallDisk;

my $can_mount = Postern::SmallDisk->enter;

# A daemon whose spool is on a disk of this size.
sub on_small_disk {
    my ($options) = @_;
    my $daemon    = Postern::Daemon->new( listeners => ['lan'] );
    my $disk      = $daemon->path('disk');
    $daemon->{small_disk} = Postern::SmallDisk->mount( $disk, $options );
    $daemon->set(
        'spool.engine'          => '"file"',                 # t/55 fills a journal's disk
        'spool.path'            => quoted("$disk/spool"),
        'spool.min_free'        => '"0 B"',
        'spool.min_free_inodes' => '0',
    );
    return $daemon->start;
}

sub stop_and_unmount {
    my ( $daemon, $client ) = @_;
    $client->must( 221, 'QUIT' );
    is( $daemon->stop, 0, 'exit status' );
    $daemon->{small_disk}->unmount;
    return;
}

sub spool_of {
    my ($daemon) = @_;
    return Postern::Spool->new( $daemon->path('disk/spool') );
}

sub is_empty {
    my ( $daemon, $what ) = @_;
    my $spool = spool_of($daemon);
    is( join( ' ', map { $spool->names_in($_) } qw(tmp new) ), '', "$what: nothing is left" );
    return;
}

# Takes all the room that is left; gives back what to remove to have it again.
sub fill_disk {
    my ($daemon) = @_;
    my $path = $daemon->path('disk/filler');
    open( my $filler, '>:raw', $path ) or die "$path: $!\n";
    1 while syswrite( $filler, "\0" x 4096 );
    return $path;
}

subtest 'less than min_free' => sub {
    my $daemon = Postern::Daemon->new(
        listeners => ['lan'],
        settings  => { 'spool.min_free' => '"1024 TiB"' }
    )->start;
    my $client = Postern::Client->session( $daemon, 'lan' );
    like(
        $client->command('MAIL FROM:<a@example.org>'),
        qr/^452 4\.3\.1 /,
        'octets: MAIL is refused for now'
    );
    $daemon->wait_for_log(qr/ alert spool_full /);
    like( $client->command('RCPT TO:<b@example.net>'), qr/^503 /, 'no transaction has begun' );

    $daemon->set( 'spool.min_free' => '"0 B"', 'spool.min_free_inodes' => '1000000000' );
    ok( $daemon->reload, 'reload' );
    my $counts_inodes = ( run_command( 'stat', '-f', '-c', '%c', $daemon->path('.') ) )[1] != 0;
    like(
        Postern::Client->session( $daemon, 'lan' )->command('MAIL FROM:<a@example.org>'),
        $counts_inodes ? qr/^452 4\.3\.1 / : qr/^250 /,
        'inodes: MAIL is refused for now, if there are any to count'
    );

    $daemon->set( 'spool.min_free_inodes' => '0' );
    ok( $daemon->reload, 'reload' );
    like( Postern::Client->session( $daemon, 'lan' )->submit("Subject: x\r\n"),
        qr/^250 /, 'with room enough all is well' );
};

SKIP: {
    skip 'only root can mount a small disk, and not everywhere', 3 if !$can_mount;

    subtest 'a message larger than the disk' => sub {
        my $daemon = on_small_disk('size=1m');
        my $client = Postern::Client->session( $daemon, 'lan' );
        my $line   = 'x' x 70 . "\r\n";
        like(
            $client->submit( "Subject: big\r\n\r\n" . $line x 30_000 ),
            qr/^452 4\.3\.1 /,
            'is refused for now'
        );
        is_empty( $daemon, 'a message larger than the disk' );
        like( $client->submit("Subject: small\r\n"), qr/^250 /, 'a smaller one is accepted' );
        is( scalar spool_of($daemon)->messages, 1, 'it is in the spool' );
        like( $daemon->log, qr/ error spool_error .*No space left/, 'the reason is in the log' );
        stop_and_unmount( $daemon, $client );
    };

    subtest 'a disk that fills up while a message comes' => sub {
        my $daemon = on_small_disk('size=1m');
        my $client = Postern::Client->session( $daemon, 'lan' );
        $client->must( 250, 'MAIL FROM:<a@example.org>' );
        $client->must( 250, 'RCPT TO:<b@example.net>' );
        $client->must( 354, 'DATA' );
        my $filler = fill_disk($daemon);
        $client->send("Subject: x\r\n\r\ntext\r\n.\r\n");
        like( $client->reply, qr/^452 4\.3\.1 /, 'refuses it for now' );
        is_empty( $daemon, 'a disk that fills up' );
        unlink $filler;
        like( $client->submit("Subject: x\r\n"), qr/^250 /, 'with room again all is well' );
        stop_and_unmount( $daemon, $client );
    };

    subtest 'a disk without inodes' => sub {
        my $daemon = on_small_disk('size=1m,nr_inodes=10');
        my $client = Postern::Client->session( $daemon, 'lan' );
        my @files  = map { $daemon->path("disk/$_") } 1 .. 10;
        for my $file (@files) { open( my $new, '>', $file ) or last }
        $client->must( 250, 'MAIL FROM:<a@example.org>' );
        $client->must( 250, 'RCPT TO:<b@example.net>' );
        like( $client->command('DATA'), qr/^452 4\.3\.1 /, 'DATA is refused for now' );
        is_empty( $daemon, 'a disk without inodes' );
        unlink @files;
        like( $client->command('DATA'), qr/^354 /, 'with room again the same transaction goes on' );
        $client->send(".\r\n");
        like( $client->reply, qr/^250 /, 'and the message is accepted' );
        stop_and_unmount( $daemon, $client );
    };
}

done_testing;
