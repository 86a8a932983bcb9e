# SPDX-License-Identifier: ISC
#
# Postern::Postfix - a Postfix that passes all mail on to Postern.
#
# It listens nowhere: it takes messages from standard input.  However the test ends, its processes
# are gone then.

package Postern::Postfix;

use strict;
use warnings;
use File::Temp;
use POSIX ();
use Scalar::Util qw(weaken);

use Postern::Command qw(run_command text_of);
use Postern::Packages qw(unpacked obstacle_to with_libraries);
use Postern::Poll qw(poll_until);
use Postern::Process qw(any_running is_running descendants_of);

my $user              = 'daemon';    # any user and group that the system has
my $group             = 'mail';
my $longest_life      = 120;         # seconds, after which it ends by itself
my %relays;                          # all that this process has made

END {
    my $status = $?;
    $_->stop for grep { defined && $_->{owner} == $$ } values %relays;
    $? = $status;
}

# Why there can be no Postfix; '' if there can be one.
sub obstacle {
    return 'only root can run Postfix' if $> != 0;
    return obstacle_to('postfix');
}

# next:     where all mail goes, as default_transport says it: "smtp:[127.0.0.1]:25" or
#           "lmtp:unix:/path"
# settings: further ones of main.cf
sub new {
    my ( $class, $next, %settings ) = @_;
    my $self = bless {
        root  => unpacked('postfix'),
        dir   => File::Temp->newdir( 'postern-postfix-XXXXXX', TMPDIR => 1 ),
        owner => $$,
    }, $class;
    chmod 0755, $self->{dir};
    $self->make_directories;
    $self->write_file( 'etc/main.cf',   $self->main_cf( $next, %settings ) );
    $self->write_file( 'etc/master.cf', master_cf() );
    weaken( $relays{$self} = $self );
    return $self->start;
}

sub DESTROY {
    my ($self) = @_;
    local ( $?, $@, $! );
    $self->stop if $self->{owner} == $$;
    return;
}

sub start {
    my ($self) = @_;
    $self->{pid} = fork() // die "fork: $!\n";
    if ( $self->{pid} == 0 ) {
        open( STDIN,  '<', '/dev/null' );
        open( STDOUT, '>', "$self->{dir}/master.out" );
        open( STDERR, '>&', \*STDOUT );
        setpgrp;    # whom it passes its SIGTERM on to
        $self->with_environment(
            sub {
                exec "$self->{root}/usr/lib/postfix/sbin/master", '-d', '-c', "$self->{dir}/etc",
                  '-e', $longest_life;
            }
        );
        POSIX::_exit(127);
    }
    poll_until { -S "$self->{dir}/queue/public/pickup" && $self->log =~ /daemon started/ }
      or die "Postfix does not start\n" . text_of("$self->{dir}/master.out") . $self->log;
    return $self;
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    my @processes = ( $pid, descendants_of($pid) );
    kill TERM => $pid;
    poll_until { waitpid( $pid, POSIX::WNOHANG ); !any_running(@processes) } 10
      or kill KILL => grep { is_running($_) } @processes;
    poll_until { waitpid( $pid, POSIX::WNOHANG ); !any_running(@processes) } 10;
    return;
}

# Takes what an SMTP client would send.
sub submit {
    my ( $self, $script ) = @_;
    my $replies = $self->run( $script, "$self->{root}/usr/sbin/sendmail", '-bs' );
    my @refused = $replies =~ /^([45].*)/mg;
    die "Postfix says: @refused\n" if @refused;
    return;
}

# Takes a message, with options of sendmail.
sub send_mail {
    my ( $self, $text, @options ) = @_;
    return $self->run( $text, "$self->{root}/usr/sbin/sendmail", '-i', @options );
}

# Waits until nothing is in the queue any more.
sub pass_on {
    my ($self) = @_;
    poll_until { $self->queue_length == 0 } or die "Postfix keeps mail:\n" . $self->log;
    return;
}

sub queue_length {
    my ($self) = @_;
    my @files = map { glob "$self->{dir}/queue/$_/*" } qw(maildrop incoming active deferred/*);
    return scalar @files;
}

sub log { return text_of( shift->{dir} . '/log' ) }

sub run {
    my ( $self, $input, @command ) = @_;
    my ( $exit, $out, $errors ) =
      $self->with_environment( sub { return run_command( { input => $input }, @command ) } );
    die "@command: exit $exit\n$out$errors\n" . $self->log if $exit ne '0';
    return $out;
}

sub with_environment {
    my ( $self, $code ) = @_;
    local $ENV{MAIL_CONFIG} = "$self->{dir}/etc";
    return with_libraries( $self->{root}, $code );
}

# ---- Its files

# As postfix-script would make them.
sub make_directories {
    my ($self) = @_;
    my ( $uid, $gid ) = ( scalar getpwnam $user, scalar getgrnam $group );
    defined $uid && defined $gid or die "there is no user $user or group $group\n";
    mkdir "$self->{dir}/$_" for qw(etc queue data);
    mkdir "$self->{dir}/queue/pid";
    for (qw(active bounce corrupt defer deferred flush hold incoming private saved trace)) {
        mkdir "$self->{dir}/queue/$_", 0700;
        chown $uid, -1, "$self->{dir}/queue/$_";
    }
    for ( [ maildrop => 01730 ], [ public => 02710 ] ) {
        my ( $name, $mode ) = @$_;
        mkdir "$self->{dir}/queue/$name";
        chown $uid, $gid, "$self->{dir}/queue/$name";
        chmod $mode, "$self->{dir}/queue/$name";
    }
    chown $uid, -1, "$self->{dir}/data";
    return;
}

sub write_file {
    my ( $self, $name, $text ) = @_;
    open( my $file, '>:raw', "$self->{dir}/$name" ) or die "$name: $!\n";
    print {$file} $text;
    close $file or die "$name: $!\n";
    return;
}

sub main_cf {
    my ( $self, $next, %settings ) = @_;
    my %all = (
        compatibility_level   => '3.6',
        queue_directory       => "$self->{dir}/queue",
        data_directory        => "$self->{dir}/data",
        command_directory     => "$self->{root}/usr/sbin",
        daemon_directory      => "$self->{root}/usr/lib/postfix/sbin",
        shlib_directory       => "$self->{root}/usr/lib/postfix",
        meta_directory        => "$self->{dir}/etc",
        sendmail_path         => "$self->{root}/usr/sbin/sendmail",
        maillog_file          => "$self->{dir}/log",
        maillog_file_prefixes => "$self->{dir}",
        mail_owner            => $user,
        setgid_group          => $group,
        myhostname            => 'relay.example',
        mydestination         => '',
        alias_maps            => '',
        local_recipient_maps  => '',
        local_transport       => 'error:there is no local mail',
        inet_interfaces       => '127.0.0.1',
        inet_protocols        => 'ipv4',
        default_transport     => $next,
        smtputf8_enable       => 'yes',
        import_environment    => 'LD_LIBRARY_PATH MAIL_CONFIG',
        export_environment    => 'LD_LIBRARY_PATH MAIL_CONFIG',
        %settings,
    );
    return join '', map { "$_ = $all{$_}\n" } sort keys %all;
}

# Without an inet service.
sub master_cf {
    return <<'END';
pickup    unix  n - n 1 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
lmtp      unix  - - n - - lmtp
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
showq     unix  n - n - - showq
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
tlsmgr    unix  - - n 1000? 1 tlsmgr
postlog   unix-dgram n - n - 1 postlogd
END
}

1;
