"""The activity log: who did what, from where."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('followers', '0021_members'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('happened_at', models.DateTimeField(db_index=True, verbose_name='time')),
                ('actor_name', models.CharField(blank=True, max_length=150)),
                ('by', models.CharField(choices=[('page', 'Web page'), ('command', 'Command line')], max_length=8)),
                ('action', models.CharField(choices=[('signed_in', 'Signed in'), ('sign_in_failed', 'Sign-in failed'), ('signed_out', 'Signed out'), ('sessions_ended', 'Ended sessions'), ('password_set', 'Set their password'), ('member_invited', 'Invited a member'), ('invitation_renewed', 'Made a new invitation link'), ('member_changed', 'Changed a member'), ('rights_changed', 'Changed single permissions'), ('member_deleted', 'Deleted a member'), ('group_added', 'Added a group of rights'), ('group_changed', 'Changed a group of rights'), ('group_deleted', 'Deleted a group of rights'), ('account_added', 'Added an account'), ('account_changed', 'Changed an account'), ('secret_replaced', 'Replaced the AppSecret'), ('account_deleted', 'Deleted an account'), ('exported', 'Exported'), ('imported', 'Imported a file'), ('change_started', 'Started a change'), ('change_undone', 'Undid a change'), ('change_repeated', 'Repeated what had failed'), ('sync_started', 'Started a sync'), ('run_cancelled', 'Cancelled a run'), ('run_resumed', 'Resumed a waiting run'), ('review_applied', 'Applied the result of a sync'), ('review_discarded', 'Discarded the result of a sync'), ('target_added', 'Added an alert target'), ('target_changed', 'Changed an alert target'), ('target_deleted', 'Deleted an alert target')], max_length=24, verbose_name='deed')),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('address', models.GenericIPAddressField(null=True)),
                ('details', models.JSONField(default=dict)),
                ('account_names', models.JSONField(default=dict)),
                ('accounts', models.ManyToManyField(related_name='+', to='followers.officialaccount', verbose_name='Official Accounts')),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('member', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'activity log entry',
                'verbose_name_plural': 'activity log entries',
                'ordering': ['-pk'],
                'default_permissions': ('view',),
            },
        ),
    ]
